using System.Runtime.InteropServices;
using LayerGrad.Compute;
using LayerGrad.Torch.Storage;
using TorchSharp;

namespace LayerGrad.Torch.Results;

/// <summary>
/// Numbers that wait on the device until the host needs them or until they are many, and then leave in one transfer. What the host still has to compute from them
/// (eigenvalues of small matrices) it computes on threads of its own, while a GPU goes on.
/// </summary>
/// <param name="gpu">The device that is waited for; null where tensors lie in the host's memory and are finished as soon as they are there.</param>
/// <param name="threads">Threads of the host.</param>
/// <param name="memory">Is told of what waits and of the work space.</param>
/// <param name="transfers">Is told of the transfers.</param>
internal sealed class Outbox(torch.Device? gpu, int threads, MemoryCounter memory, TransferCounter transfers) : IDisposable
{
    private readonly List<Parcel> _waiting = [];
    private readonly List<Delivery> _underWay = [];
    private long _bytes;
    private HostWorkers? _workers;

    /// <summary>Adds numbers.</summary>
    /// <param name="values">One dimension in float64; the outbox disposes of it.</param>
    /// <param name="open">Makes the result of them.</param>
    /// <param name="work">What threads of the host compute from them first.</param>
    /// <param name="most">The bytes that may wait: those that were there before leave first where these would be too many with them.</param>
    public DeviceResult<TValue> Add<TValue>(torch.Tensor values, Func<ReadOnlyMemory<double>, TValue> open, HostWork? work = null, long most = long.MaxValue)
    {
        var bytes = values.NumberOfElements * sizeof(double);
        try
        {
            if (_waiting.Count > 0 && _bytes + bytes > most)
                Send();
            memory.Add(bytes);
        }
        catch
        {
            values.Dispose();
            throw;
        }

        _bytes += bytes;
        var parcel = new Parcel(values, work);
        _waiting.Add(parcel);
        return new DeviceResult<TValue>(new Result<TValue>(this, parcel, open));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var parcel in _waiting)
            parcel.Values.Dispose();
        memory.Remove(_bytes);
        _bytes = 0;
        _waiting.Clear();
        foreach (var delivery in _underWay)
            delivery.Abandon();
        _underWay.Clear();
        _workers?.Dispose();
        _workers = null;
    }

    private void Send()
    {
        var parcels = _waiting.ToArray();
        var length = parcels.Sum(parcel => parcel.Values.NumberOfElements);
        transfers.Download(length * sizeof(double));
        var workers = _workers ??= new HostWorkers(threads, memory);
        var host = ToHost(Array.ConvertAll(parcels, parcel => parcel.Values));
        foreach (var parcel in parcels)
            parcel.Values.Dispose();
        _waiting.Clear();
        memory.Remove(_bytes);
        _bytes = 0;
        _underWay.RemoveAll(static delivery => delivery.IsDone);
        _underWay.Add(new Delivery(parcels, host, gpu, workers));
    }

    private torch.Tensor ToHost(torch.Tensor[] parts)
    {
        try
        {
            using var scope = torch.NewDisposeScope();
            return torch.cat(parts).to(torch.CPU, non_blocking: true).DetachFromDisposeScope();
        }
        catch (ExternalException error)
        {
            throw LibTorchErrors.Translate(error, memory);
        }
    }

    /// <summary>One tensor on its way.</summary>
    private sealed class Parcel(torch.Tensor values, HostWork? work)
    {
        public torch.Tensor Values { get; } = values;

        public int Length { get; } = checked((int)values.NumberOfElements);

        public HostWork? Work { get; } = work;

        public Delivery? Delivery { get; set; }

        public ReadOnlyMemory<double> Contents { get; set; }
    }

    /// <summary>Several parcels in one transfer.</summary>
    private sealed class Delivery
    {
        private readonly Task _arrival;

        public Delivery(Parcel[] parcels, torch.Tensor host, torch.Device? gpu, HostWorkers workers)
        {
            foreach (var parcel in parcels)
                parcel.Delivery = this;
            if (gpu is null)
            {
                Unpack(parcels, host, workers);
                _arrival = Task.CompletedTask;
                return;
            }

            _arrival = Task.Run(() =>
            {
                if (gpu.type == DeviceType.CUDA)
                    torch.cuda.synchronize(gpu);
                Unpack(parcels, host, workers);
            });
        }

        public bool IsDone => _arrival.IsCompleted;

        public void Wait() => _arrival.GetAwaiter().GetResult();

        /// <summary>Lets it end before what it works with is disposed; nobody wants what it brings.</summary>
        public void Abandon() => Task.WaitAny(_arrival);

        private static void Unpack(Parcel[] parcels, torch.Tensor host, HostWorkers workers)
        {
            double[] values;
            using (host)
                values = MemoryMarshal.Cast<byte, double>(host.bytes).ToArray();
            var offset = 0;
            foreach (var parcel in parcels)
            {
                parcel.Contents = values.AsMemory(offset, parcel.Length);
                offset += parcel.Length;
            }

            workers.Run([.. parcels.Where(parcel => parcel.Work is not null).Select(parcel => (parcel.Work!, parcel.Contents))]);
        }
    }

    private sealed class Result<TValue>(Outbox outbox, Parcel parcel, Func<ReadOnlyMemory<double>, TValue> open) : IPendingResult<TValue>
    {
        private bool _isOpen;
        private TValue? _value;

        public TValue Wait()
        {
            if (_isOpen)
                return _value!;
            if (parcel.Delivery is null)
                outbox.Send();
            parcel.Delivery!.Wait();
            (_value, _isOpen) = (open(parcel.Contents), true);
            return _value;
        }
    }
}
