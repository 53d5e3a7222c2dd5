-- The first schema, PostgreSQL. migrations/sqlite holds the same tables in SQLite's types; a test compares the two.
-- Times are microseconds since 1970 UTC. Constraints are named where PostgreSQL reports the name.

-- Who may do what.
create table users (
    id text primary key,
    display_name text not null,
    operator boolean not null default false,
    created_at bigint not null
);

create table tokens (
    id text primary key,
    user_id text references users (id),
    display_name text not null,
    role text not null constraint tokens_role check (role in ('member', 'organizer', 'operator', 'worker')),
    scope text not null,
    secret_sha256 bytea not null,
    created_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint,
    last_used_at bigint,
    constraint tokens_secret_unique unique (secret_sha256),
    constraint tokens_workers_are_nobody check ((role = 'worker') = (user_id is null))
);
create index tokens_by_user on tokens (user_id, created_at);

-- Competitions, their phases and tasks.
create table competitions (
    id text primary key,
    title text not null,
    title_zh text not null,
    description text not null,
    description_zh text not null,
    time_zone text not null,
    state text not null constraint competitions_state check (state in ('draft', 'published')),
    open_registration boolean not null,
    approve_teams boolean not null default false,
    entries_required boolean not null default false,
    merge_deadline bigint,
    submitting_paused boolean not null default false,
    evaluating_paused boolean not null default false,
    -- How its overall boards are made, as JSON; null: it has none.
    overall text,
    created_at bigint not null
);

-- Who runs a competition, and who may read as much but write nothing.
create table organizers (
    competition text not null references competitions (id),
    user_id text not null references users (id),
    auditor boolean not null default false,
    primary key (competition, user_id)
);

create table phases (
    competition text not null references competitions (id),
    id text not null,
    ordinal bigint not null,
    kind text not null,
    starts_at bigint not null,
    ends_at bigint not null,
    split text not null,
    rules text not null,
    thawed_at bigint,
    finalized_at bigint,
    revealed_at bigint,
    closed_at bigint,
    primary key (competition, id),
    constraint phases_window check (starts_at < ends_at)
);

-- What the organizer changed while the contest ran, and why. `from_at` and `until_at` are a removed interval; `extra_us` an extension, for
-- all teams or one.
create table phase_changes (
    id text primary key,
    competition text not null references competitions (id),
    phase text,
    kind text not null,
    team text,
    from_at bigint,
    until_at bigint,
    extra_us bigint,
    reason text not null,
    by_user text not null references users (id),
    created_at bigint not null,
    foreign key (competition, phase) references phases (competition, id)
);
create index phase_changes_of_phase on phase_changes (competition, phase, created_at);

create table tasks (
    competition text not null references competitions (id),
    id text not null,
    ordinal bigint not null,
    title text not null,
    title_zh text not null,
    description text not null,
    description_zh text not null,
    spec text not null,
    created_at bigint not null,
    primary key (competition, id)
);

-- Bytes that are here, verified.
create table blobs (
    sha256 text primary key,
    bytes bigint not null,
    created_at bigint not null
);

create table test_sets (
    competition text not null,
    task text not null,
    version bigint not null,
    state text not null constraint test_sets_state check (state in ('sealed', 'live', 'retired')),
    sample_sha256 text references blobs (sha256),
    created_at bigint not null,
    primary key (competition, task, version),
    foreign key (competition, task) references tasks (competition, id)
);
create unique index test_sets_one_live on test_sets (competition, task) where state = 'live';

create table shards (
    competition text not null,
    task text not null,
    version bigint not null,
    split text not null,
    split_ordinal bigint not null,
    idx bigint not null,
    item_count bigint not null,
    inputs_sha256 text not null references blobs (sha256),
    labels_sha256 text not null references blobs (sha256),
    inputs_plain_bytes bigint not null,
    primary key (competition, task, version, split, idx),
    foreign key (competition, task, version) references test_sets (competition, task, version)
);

create table wrapped_keys (
    competition text not null,
    task text not null,
    version bigint not null,
    pool text not null,
    sealed_key bytea not null,
    primary key (competition, task, version, pool),
    foreign key (competition, task, version) references test_sets (competition, task, version)
);

-- What everybody may know of a test set, and its commitment: JSON. It never changes.
create table test_set_cards (
    competition text not null,
    task text not null,
    version bigint not null,
    card text not null,
    primary key (competition, task, version),
    foreign key (competition, task, version) references test_sets (competition, task, version)
);

-- Teams. The key of team_members is the rule: a user is in at most one team of a competition.
create table teams (
    competition text not null references competitions (id),
    id text not null,
    title text not null,
    kind text not null default 'regular' constraint teams_kind check (kind in ('regular', 'baseline', 'guest')),
    status text not null default 'active'
        constraint teams_status check (status in ('active', 'pending', 'disqualified', 'merged')),
    status_reason text not null default '',
    captain text references users (id),
    merged_into text,
    created_at bigint not null,
    primary key (competition, id)
);

create table team_members (
    competition text not null,
    team text not null,
    user_id text not null references users (id),
    joined_at bigint not null,
    constraint team_members_one_team primary key (competition, user_id),
    foreign key (competition, team) references teams (competition, id)
);
create index team_members_by_team on team_members (competition, team, joined_at);
create index team_members_by_user on team_members (user_id);

create table invites (
    code_sha256 bytea primary key,
    id text not null,
    competition text not null,
    team text not null,
    created_by text not null references users (id),
    created_at bigint not null,
    expires_at bigint not null,
    used_by text references users (id),
    revoked_at bigint,
    constraint invites_id_unique unique (id),
    foreign key (competition, team) references teams (competition, id)
);
create index invites_of_team on invites (competition, team, created_at);

-- Who was in a team when, and what was done to it: never changed, never deleted.
create table roster_history (
    id text primary key,
    competition text not null,
    team text not null,
    kind text not null,
    user_id text references users (id),
    by_user text references users (id),
    detail text not null,
    created_at bigint not null,
    foreign key (competition, team) references teams (competition, id)
);
create index roster_history_of_team on roster_history (competition, team, created_at, id);

-- A team that wishes to become part of another one, until that one's captain answers.
create table merge_proposals (
    competition text not null,
    team text not null,
    into_team text not null,
    by_user text not null references users (id),
    created_at bigint not null,
    primary key (competition, team),
    foreign key (competition, team) references teams (competition, id),
    foreign key (competition, into_team) references teams (competition, id)
);

-- Which team takes part in which task.
create table entries (
    competition text not null,
    task text not null,
    team text not null,
    by_user text not null references users (id),
    created_at bigint not null,
    primary key (competition, task, team),
    foreign key (competition, task) references tasks (competition, id),
    foreign key (competition, team) references teams (competition, id)
);
create index entries_of_team on entries (competition, team, task);


-- Uploads. `team` is set for models only.
create table uploads (
    id text primary key,
    owner text not null references users (id),
    purpose text not null constraint uploads_purpose check (purpose in ('model', 'test_set')),
    competition text not null references competitions (id),
    team text,
    size_bytes bigint not null,
    sha256 text not null,
    committed_bytes bigint not null,
    state text not null constraint uploads_state check (state in ('open', 'complete')),
    created_at bigint not null,
    expires_at bigint not null,
    constraint uploads_committed check (committed_bytes between 0 and size_bytes),
    constraint uploads_complete check (state = 'open' or committed_bytes = size_bytes)
);
create index uploads_by_digest on uploads (sha256);
create index uploads_open on uploads (expires_at) where state = 'open';

-- Safe retries: what a request id led to.
create table requests (
    principal text not null,
    method text not null,
    id text not null,
    payload_sha256 bytea not null,
    resource text not null,
    created_at bigint not null,
    primary key (principal, method, id)
);
create index requests_by_age on requests (created_at);

-- What a team has used. Locked before it is read, and it cannot go below zero.
create table quotas (
    competition text not null,
    task text not null,
    phase text not null,
    team text not null,
    day bigint not null,
    today bigint not null constraint quotas_today check (today >= 0),
    failed_today bigint not null constraint quotas_failed_today check (failed_today >= 0),
    total bigint not null constraint quotas_total check (total >= 0),
    granted bigint not null constraint quotas_granted check (granted >= 0),
    in_flight bigint not null constraint quotas_in_flight check (in_flight >= 0),
    primary key (competition, task, phase, team),
    foreign key (competition, task) references tasks (competition, id),
    foreign key (competition, phase) references phases (competition, id),
    foreign key (competition, team) references teams (competition, id)
);

-- The ledger of quotas: what was charged, given back and granted, and why. The row in `quotas` is its sum.
create table quota_entries (
    id text primary key,
    competition text not null,
    task text not null,
    phase text not null,
    team text not null,
    submission text,
    kind text not null constraint quota_entries_kind check (kind in ('charge', 'refund', 'grant')),
    amount bigint not null constraint quota_entries_amount check (amount > 0),
    reason text not null,
    by_user text references users (id),
    created_at bigint not null,
    foreign key (competition, task, phase, team) references quotas (competition, task, phase, team)
);
create index quota_entries_of_team on quota_entries (competition, task, phase, team, created_at, id);

-- What a team knows of a split of a test set, in thousandths of a bit. Locked where a release is decided.
create table accounts (
    competition text not null,
    task text not null,
    version bigint not null,
    split text not null,
    team text not null,
    spent_millibits bigint not null constraint accounts_spent check (spent_millibits >= 0),
    primary key (competition, task, version, split, team),
    foreign key (competition, task, version) references test_sets (competition, task, version),
    foreign key (competition, team) references teams (competition, id)
);

create table submissions (
    id text primary key,
    competition text not null,
    task text not null,
    phase text not null,
    team text not null,
    user_id text not null references users (id),
    model_sha256 text not null references blobs (sha256),
    adapter text not null,
    note text not null,
    version bigint not null,
    pool text not null,
    state text not null constraint submissions_state
        check (state in ('checking', 'queued', 'evaluating', 'released', 'withheld', 'rejected', 'cancelled')),
    charged_day bigint not null,
    charged_to text not null constraint submissions_charged_to check (charged_to in ('day', 'grant', 'nothing')),
    split text not null,
    artifact_sha256 text not null,
    nominated_from text references submissions (id),
    check_report text,
    mishap boolean not null default false,
    accepted_at bigint not null,
    updated_at bigint not null,
    foreign key (competition, task, version) references test_sets (competition, task, version),
    foreign key (competition, phase) references phases (competition, id),
    foreign key (competition, team) references teams (competition, id)
);
create index submissions_by_task on submissions (competition, task, accepted_at, id);
create index submissions_queued on submissions (competition, task, version, split, team, accepted_at, id) where state = 'queued';
create index submissions_by_team on submissions (competition, task, team, accepted_at, id);

-- Submissions that teams name for a phase that takes no others.
create table nominations (
    competition text not null,
    task text not null,
    phase text not null,
    team text not null,
    submission text not null references submissions (id),
    created_at bigint not null,
    primary key (competition, task, phase, team, submission),
    foreign key (competition, phase) references phases (competition, id)
);

-- The work ledger.
create table evaluations (
    id text primary key,
    submission text not null references submissions (id),
    kind text not null constraint evaluations_kind check (kind in ('check', 'hidden', 'compare')),
    split text not null,
    created_at bigint not null,
    ended_at bigint,
    outcome text constraint evaluations_outcome check (outcome in ('scored', 'faulted', 'mishap', 'cancelled')),
    constraint evaluations_one_of_each unique (submission, kind),
    constraint evaluations_ended check ((ended_at is null) = (outcome is null))
);

create table units (
    id text primary key,
    evaluation text not null references evaluations (id),
    submission text not null references submissions (id),
    ordinal bigint not null,
    kind text not null constraint units_kind check (kind in ('shards', 'finalize', 'compare')),
    sole boolean not null,
    first_shard bigint not null,
    shard_count bigint not null,
    pool text not null,
    competition text not null,
    team text not null,
    priority bigint not null,
    expected_ms bigint not null,
    charge_ms bigint not null,
    state text not null constraint units_state check (state in ('ready', 'leased', 'done', 'dead')),
    not_before bigint not null,
    ready_at bigint not null,
    attempts bigint not null default 0,
    epoch bigint not null default 0,
    nonce bytea,
    holder text references tokens (id),
    worker text,
    check_slot boolean not null default false,
    request text,
    expires_at bigint,
    sealed_state bytea,
    wall_ms bigint not null default 0,
    cpu_ms bigint not null default 0,
    peak_memory_mib bigint not null default 0,
    last_cause text,
    constraint units_in_order unique (evaluation, ordinal),
    constraint units_lease check (state <> 'leased' or (nonce is not null and holder is not null and expires_at is not null))
);
create index units_ready on units (pool, competition, team, priority, ready_at, submission, ordinal) where state = 'ready';
create index units_leased on units (pool, competition, team) where state = 'leased';
create index units_final on units (ready_at) where state = 'ready' and priority = 3;
create index units_of_submission on units (submission);
create unique index units_one_lease_per_request on units (holder, request) where state = 'leased' and request is not null;
create index units_expiring on units (expires_at) where state = 'leased';

-- Pools, once for their slots for checks alone and once for the others: virtual time, which the lock of the row guards with the lanes, how
-- long checks take, as a moving average, and when one was last leased.
create table pools (
    pool text not null,
    check_slots boolean not null,
    clock_ms bigint not null default 0,
    check_ms bigint,
    check_at bigint,
    primary key (pool, check_slots)
);

-- How much each lane of a pool has had, in virtual time: a team's of its competition and, with an empty team, a competition's of the
-- pool; that row has the competition's own clock.
create table lanes (
    pool text not null,
    check_slots boolean not null,
    competition text not null,
    team text not null,
    finish_ms bigint not null,
    clock_ms bigint not null,
    primary key (pool, check_slots, competition, team)
);

-- RESTRICTED: exact figures. No read that a team or a spectator can cause joins this table.
create table verdicts (
    evaluation text primary key references evaluations (id),
    submission text not null references submissions (id),
    kind text not null,
    verdict text not null,
    created_at bigint not null
);
create index verdicts_of_submission on verdicts (submission);

-- What teams are told, each charged where it was decided. Until it is shown, `released_at` and `revision` are null; `due_at` says when
-- it will be, null: when the phase is finalized. `allowed_end_at`: when it would have been decided if everything had run as long as it
-- may, which is what epochs go by. `revision` is the board's after it: a total order per board.
create table releases (
    submission text primary key references submissions (id),
    competition text not null,
    task text not null,
    phase text not null,
    team text not null,
    scored boolean not null,
    version bigint not null,
    split text not null,
    withheld boolean not null,
    level bigint,
    value double precision,
    sort_key double precision,
    tie_key bytea,
    metrics text not null,
    charge_millibits bigint not null,
    decided_at bigint not null,
    allowed_end_at bigint not null,
    due_at bigint,
    released_at bigint,
    revision bigint,
    constraint releases_in_order unique (competition, task, phase, revision),
    constraint releases_shown check ((released_at is null) = (revision is null))
);
create index releases_by_team on releases (competition, task, phase, team);
create index releases_due on releases (due_at) where released_at is null and due_at is not null;

-- Exact figures that were shown after a phase, each charged.
create table reveals (
    submission text primary key references submissions (id),
    metrics text not null,
    fault text not null,
    charge_millibits bigint not null,
    revealed_at bigint not null
);

create table boards (
    competition text not null,
    task text not null,
    phase text not null,
    revision bigint not null,
    updated_at bigint not null,
    primary key (competition, task, phase)
);

-- Revisions of a board that no release made: a team was taken out, let in again, renamed, merged.
create table board_changes (
    competition text not null,
    task text not null,
    phase text not null,
    revision bigint not null,
    changed_at bigint not null,
    primary key (competition, task, phase, revision),
    foreign key (competition, task, phase) references boards (competition, task, phase)
);

create table board_rows (
    competition text not null,
    task text not null,
    phase text not null,
    team text not null,
    submission text not null references submissions (id),
    value double precision not null,
    sort_key double precision not null,
    tie_key bytea not null,
    metrics text not null,
    accepted_at bigint not null,
    submission_count bigint not null,
    primary key (competition, task, phase, team)
);
create index board_rows_in_order on board_rows (competition, task, phase, sort_key, tie_key, accepted_at, submission);


-- Two numbers of each item of a hidden unit, sealed to the pool that ran it: what models are compared by. At most 64 MiB a unit.
create table outcomes (
    unit text primary key references units (id),
    evaluation text not null references evaluations (id),
    sealed bytea not null
);
create index outcomes_of_evaluation on outcomes (evaluation);

-- RESTRICTED until the phase is final: between which ranks a finalist's model may stand.
create table rank_intervals (
    submission text primary key references submissions (id),
    competition text not null,
    task text not null,
    phase text not null,
    rank_low bigint not null,
    rank_high bigint not null,
    constraint rank_intervals_in_order check (rank_low between 1 and rank_high)
);
create index rank_intervals_of_board on rank_intervals (competition, task, phase);
