-- What everybody may know of a test set, and its commitment: JSON. It never changes.
create table test_set_cards (
    competition text not null,
    task text not null,
    version bigint not null,
    card text not null,
    primary key (competition, task, version),
    foreign key (competition, task, version) references test_sets (competition, task, version)
);
