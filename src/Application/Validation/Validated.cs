using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Validates every command before its handler: the one place that does.</summary>
/// <remarks>
/// It is around the handler and no behaviour of MediatR's pipeline, which belongs to the host: what we put there would run for the
/// host's requests too, or a second time beside the host's own.
/// </remarks>
/// <param name="validators">Ours, and those that the host has registered beyond it.</param>
/// <param name="handler">What may rely on a valid command.</param>
internal sealed class Validated<TRequest, TAnswer>(IEnumerable<IValidator<TRequest>> validators, IRequestHandler<TRequest, TAnswer> handler)
    : IRequestHandler<TRequest, TAnswer>
    where TRequest : IRequest<TAnswer>
{
    public async Task<TAnswer> Handle(TRequest request, CancellationToken cancellationToken)
    {
        foreach (var validator in validators)
        {
            validator.ValidateAndThrow(request);
        }

        return await handler.Handle(request, cancellationToken);
    }
}
