-- Times are whole microseconds since 1970-01-01 UTC; states and failure codes are kept by name.
create table tasks (
    id integer primary key autoincrement check (id between 1 and 9999999999999999),
    project text not null,
    state text not null check (state in ('Queued', 'Running', 'Completed', 'Cancelled')),
    request text not null,
    created_at integer not null,
    started_at integer,
    ended_at integer,
    attempt integer not null,
    released_attempts integer not null,
    -- The attempt of the lease is the attempt of the task.
    lease_holder text,
    lease_expires_at integer,
    pictures text,
    failure_code text,
    failure_reason text,
    -- Raised by every change: a change of a row that was read earlier is refused.
    version integer not null default 1,
    -- A column of its own and not a generated one: with those SQLite never answers from an index alone.
    failed integer not null,

    constraint a_lease_exactly_while_running check (
        (lease_holder is not null) = (state = 'Running') and (lease_expires_at is not null) = (state = 'Running')),
    constraint a_start_exactly_on_what_ran check (
        (started_at is not null) = (state in ('Running', 'Completed')) and (attempt > 0) = (started_at is not null)),
    constraint an_end_exactly_on_what_ended check (
        (ended_at is not null) = (state in ('Completed', 'Cancelled'))),
    constraint one_outcome_exactly_on_completed check (
        (pictures is not null) + (failure_code is not null) = (state = 'Completed')
        and (failure_code is null) = (failure_reason is null) and failed = (failure_code is not null)),
    constraint released_attempts_are_attempts check (released_attempts between 0 and attempt)
) strict;

-- Pages, newest first: every index ends with the id by itself, because the id is the rowid.
create index tasks_newest on tasks (project, created_at);
create index tasks_newest_by_state on tasks (project, state, failed, created_at);

-- Claims: only what waits, however many tasks have ended.
create index tasks_queued on tasks (id) where state = 'Queued';
create index tasks_leased on tasks (lease_expires_at) where state = 'Running';
