-- Steering: what is paused, attempts that are put off, and runs that publish. Software that does not know them would start what is paused, and
-- take over at once what was put off.
create table snapshot_tasks.pauses (
    -- Empty for everything.
    project text primary key,
    paused_by text not null,
    reason text not null,
    paused_at timestamptz not null
);

-- An attempt that is put off has a lease that nobody holds, until the next one may start.
alter table snapshot_tasks.tasks
    add column deferred_code text,
    add column deferred_reason text,
    add column publishing boolean not null default false,
    add constraint a_deferral_exactly_on_what_nobody_runs check (
        (deferred_code is null) = (deferred_reason is null)
        and (deferred_code is null or (state = 'Running' and lease_holder = '' and not publishing))),
    add constraint only_what_runs_publishes check (not publishing or state = 'Running');

drop index snapshot_tasks.tasks_leased;
create index tasks_leased on snapshot_tasks.tasks (lease_expires_at, id) where state = 'Running' and deferred_code is null;
create index tasks_deferred on snapshot_tasks.tasks (priority, project, lease_expires_at, id) where state = 'Running' and deferred_code is not null;

-- Cancellations of many: which tasks each is about, and what became of every one of them; kept a day.
create table snapshot_tasks.cancellations (
    id text primary key,
    project text not null,
    made_at timestamptz not null,
    -- Whether all tasks that it is about are written down.
    whole boolean not null
);

create table snapshot_tasks.cancelled (
    cancellation text not null references snapshot_tasks.cancellations on delete cascade,
    task bigint not null,
    answer text check (answer in ('Cancelled', 'Refused', 'NotFound')),
    state text,
    ending text,
    since timestamptz,
    primary key (cancellation, task)
);

insert into snapshot_tasks.schema_versions (version, oldest_software) values (4, 4);
