-- Deliveries of events: a position for each subscription, a row only for an event whose delivery failed or that waits behind one of its task. Software
-- that does not know of them would remove tasks whose events are still to be delivered.
create table snapshot_tasks_subscriptions (
    name text primary key,
    position integer not null,
    holder text,
    expires_at integer,
    failing_since integer,
    stopped_at integer,
    reason text,
    check ((holder is null) = (expires_at is null))
) strict, without rowid;

create table snapshot_tasks_parked (
    subscription text not null,
    task integer not null,
    version integer not null,
    number integer not null,
    attempts integer not null,
    -- Only the first event of a task that was not set aside has a time.
    due_at integer,
    set_aside_at integer,
    reason text,
    primary key (subscription, task, version),
    check (due_at is null or set_aside_at is null)
) strict, without rowid;

create index snapshot_tasks_parked_due on snapshot_tasks_parked (subscription, due_at) where due_at is not null;
create index snapshot_tasks_parked_numbers on snapshot_tasks_parked (subscription, number);

-- Deliveries that were committed with what a handler wrote, until the position has passed them.
create table snapshot_tasks_marks (
    subscription text not null,
    task integer not null,
    version integer not null,
    number integer not null,
    primary key (subscription, task, version)
) strict, without rowid;

insert into snapshot_tasks_versions (version, oldest_software) values (7, 7);
