-- A submission that may be repeated: the caller's key and a hash of what was asked for. They live as long as their task.
alter table tasks add column idempotency_key text;
alter table tasks add column request_hash text check ((request_hash is null) = (idempotency_key is null));

-- The trace of the submission, as a W3C traceparent.
alter table tasks add column trace_parent text;

create unique index tasks_by_key on tasks (project, idempotency_key) where idempotency_key is not null;
