-- A schema of its own, and every statement names it: the tables stand beside those of the application, and nothing
-- depends on a search path, neither on a pooled connection nor on one that a caller brings.
-- Who administers the database may have made it, for a role that may not: "if not exists" would ask for that right all the same.
do $$
begin
    if not exists (select from pg_namespace where nspname = 'snapshot_tasks') then
        create schema snapshot_tasks;
    end if;
end
$$;

create table snapshot_tasks.schema_versions (
    version integer primary key,
    applied_at timestamptz not null default clock_timestamp()
);

-- States and failure codes are kept by name.
create table snapshot_tasks.tasks (
    id bigint generated always as identity (minvalue 1 maxvalue 9999999999999999) primary key,
    project text not null,
    state text not null check (state in ('Queued', 'Running', 'Completed', 'Cancelled')),
    request text not null,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    attempt integer not null,
    released_attempts integer not null,
    -- The attempt of the lease is the attempt of the task.
    lease_holder text,
    lease_expires_at timestamptz,
    pictures text,
    failure_code text,
    failure_reason text,
    -- Raised by every change: a change of a row that was read earlier is refused.
    version bigint not null default 1,
    idempotency_key text,
    -- What the key was first used for, by its hash.
    request_hash text,
    -- The trace of the submission, as W3C's traceparent.
    trace_parent text,
    failed boolean generated always as (failure_code is not null) stored,

    constraint an_id_has_at_most_16_digits check (id between 1 and 9999999999999999),
    constraint a_lease_exactly_while_running check (
        (lease_holder is not null) = (state = 'Running') and (lease_expires_at is not null) = (state = 'Running')),
    constraint a_start_exactly_on_what_ran check (
        (started_at is not null) = (state in ('Running', 'Completed')) and (attempt > 0) = (started_at is not null)),
    constraint an_end_exactly_on_what_ended check (
        (ended_at is not null) = (state in ('Completed', 'Cancelled'))),
    constraint one_outcome_exactly_on_completed check (
        (pictures is not null)::integer + (failure_code is not null)::integer = (state = 'Completed')::integer
        and (failure_code is null) = (failure_reason is null)),
    constraint released_attempts_are_attempts check (released_attempts between 0 and attempt),
    constraint a_key_with_its_hash check ((idempotency_key is null) = (request_hash is null))
)
-- Every change leaves a dead row and dead entries of the indexes behind, which claims would have to step over.
with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- Pages, newest first.
create index tasks_newest on snapshot_tasks.tasks (project, created_at, id);
create index tasks_newest_by_state on snapshot_tasks.tasks (project, state, failed, created_at, id);

-- Claims: only what waits, however many tasks have ended. With the id alone the planner could take the primary key
-- instead, and read all that has ended.
create index tasks_queued on snapshot_tasks.tasks (created_at, id) where state = 'Queued';
create index tasks_leased on snapshot_tasks.tasks (lease_expires_at, id) where state = 'Running';

create unique index tasks_by_key on snapshot_tasks.tasks (project, idempotency_key) where idempotency_key is not null;

-- Fails the transaction when a statement has not written what it was to write, in the round trip that commits.
create function snapshot_tasks.expect(written bigint, expected bigint) returns void language plpgsql as $$
begin
    if written <> expected then
        raise exception 'of % rows % were written: they were not held as they were read', expected, written using errcode = 'assert_failure';
    end if;
end
$$;

insert into snapshot_tasks.schema_versions (version) values (1);
