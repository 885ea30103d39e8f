-- The file may be an application's: everything of ours carries our prefix, and the version is a row of ours.
create table snapshot_tasks_versions (
    version integer primary key,
    -- The oldest software that may go on beside this version, by how many scripts it knows. A script that only adds leaves the number.
    oldest_software integer not null
) strict;

-- Times are whole microseconds since 1970-01-01 UTC; states and failure codes are kept by name.
create table snapshot_tasks (
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
    -- A submission that may be repeated: the caller's key and a hash of what was asked for. They live as long as their task.
    idempotency_key text,
    request_hash text check ((request_hash is null) = (idempotency_key is null)),
    -- The trace of the submission, as a W3C traceparent.
    trace_parent text,

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

insert into snapshot_tasks_versions (version, oldest_software) values (1, 1);
