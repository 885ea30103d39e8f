using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>What the role of a store must have been granted, where the schema is another's.</summary>
internal static class PostgresGrants
{
    // By their number in the catalog, which may be asked about without any right to the schema.
    private const string Missing = """
        with entry as (
            select class.oid, relname as name, relkind = 'S' as is_sequence
            from pg_class as class
                join pg_namespace as namespace on namespace.oid = relnamespace
            where nspname = 'snapshot_tasks' and relkind in ('r', 'p', 'S')),
        need (place, privilege, thing, is_granted) as (
            select 1, 'usage', 'schema snapshot_tasks', has_schema_privilege(oid, 'usage')
            from pg_namespace
            where nspname = 'snapshot_tasks'
            union all
            select 2, privilege, format('table snapshot_tasks.%I', name), case when not is_sequence then has_table_privilege(oid, privilege) end
            from entry
                cross join unnest(array['select', 'insert', 'update', 'delete']) as privilege
            where name <> 'schema_versions' or privilege = 'select'
            union all
            select 3, privilege, format('sequence snapshot_tasks.%I', name), case when is_sequence then has_sequence_privilege(oid, privilege) end
            from entry
                cross join unnest(array['select', 'usage']) as privilege
            union all
            select 4, 'execute', format('function snapshot_tasks.%I(%s)', proname, pg_get_function_identity_arguments(routine.oid)),
                has_function_privilege(routine.oid, 'execute')
            from pg_proc as routine
                join pg_namespace as namespace on namespace.oid = pronamespace
            where nspname = 'snapshot_tasks')
        select format('grant %s on %s to %I', privilege, thing, current_user)
        from need
        where not is_granted
        order by place, thing, privilege
        """;

    /// <summary>Refuses a role that lacks a grant, which it would otherwise learn at its first submission.</summary>
    /// <exception cref="InvalidOperationException">It does.</exception>
    public static void Check(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(Missing, connection);
        using var reader = command.ExecuteReader();
        var missing = new List<string>();
        while (reader.Read())
        {
            missing.Add(reader.GetString(0));
        }

        if (missing.Count > 0)
        {
            throw new InvalidOperationException(
                $"The role of the store has no right to all that it needs in the database {connection.Database}: let the owner of the schema run \"{string.Join("; ", missing)}\".");
        }
    }

    /// <summary>What to do for a role that may not bring the schema up to date.</summary>
    public static InvalidOperationException Refusal(PostgresException refusal, string role) => new(
        $"The role {role} may not bring the schema up to date ({refusal.MessageText}): let its owner do it, or, where there is none yet, run \"create schema snapshot_tasks authorization {role}\".",
        refusal);
}
