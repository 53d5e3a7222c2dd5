-- Two numbers of each item of a hidden unit, sealed to the pool that ran it: what models are compared by. At most 64 MiB a unit.
create table outcomes (
    unit text primary key references units (id),
    evaluation text not null references evaluations (id),
    sealed bytea not null
);
create index outcomes_of_evaluation on outcomes (evaluation);
