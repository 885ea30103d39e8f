-- Pages, newest first: every index ends with the id by itself, because the id is the rowid.
create index snapshot_tasks_newest on snapshot_tasks (project, created_at);
create index snapshot_tasks_newest_by_state on snapshot_tasks (project, state, failed, created_at);

-- Claims: only what waits, however many tasks have ended.
create index snapshot_tasks_queued on snapshot_tasks (id) where state = 'Queued';
create index snapshot_tasks_leased on snapshot_tasks (lease_expires_at) where state = 'Running';

create unique index snapshot_tasks_by_key on snapshot_tasks (project, idempotency_key) where idempotency_key is not null;

insert into snapshot_tasks_versions (version, oldest_software) values (2, 2);
