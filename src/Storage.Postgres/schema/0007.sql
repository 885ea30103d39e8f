-- Deliveries of events: a position for each subscription, a row only for an event whose delivery failed or that waits behind one of its task. Software
-- that does not know of them would remove tasks whose events are still to be delivered.
create table snapshot_tasks.subscriptions (
    name text primary key,
    position bigint not null,
    holder text,
    expires_at timestamptz,
    failing_since timestamptz,
    stopped_at timestamptz,
    reason text,
    check ((holder is null) = (expires_at is null))
);

create table snapshot_tasks.parked (
    subscription text not null,
    task bigint not null,
    version bigint not null,
    number bigint not null,
    attempts integer not null,
    -- Only the first event of a task that was not set aside has a time.
    due_at timestamptz,
    set_aside_at timestamptz,
    reason text,
    primary key (subscription, task, version),
    check (due_at is null or set_aside_at is null)
);

create index parked_due on snapshot_tasks.parked (subscription, due_at) where due_at is not null;
create index parked_numbers on snapshot_tasks.parked (subscription, number);

-- Deliveries that were committed with what a handler wrote, until the position has passed them.
create table snapshot_tasks.marks (
    subscription text not null,
    task bigint not null,
    version bigint not null,
    number bigint not null,
    primary key (subscription, task, version)
);

insert into snapshot_tasks.schema_versions (version, oldest_software) values (7, 7);
