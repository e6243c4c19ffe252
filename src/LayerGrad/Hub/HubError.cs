using System.Net;

namespace LayerGrad.Hub;

/// <summary>Turns the hub's refusals into lines that say what to do.</summary>
internal static class HubError
{
    /// <summary>The text with blanks for line breaks and other control characters.</summary>
    public static string OneLine(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? ' ' : c)).Trim();

    /// <summary>The error for an answer that is neither success nor worth another try.</summary>
    /// <param name="options">The options of the request.</param>
    /// <param name="repository">The repository that was asked for.</param>
    /// <param name="file">The file, or null for the repository itself.</param>
    /// <param name="response">The answer.</param>
    public static InputException Of(HubOptions options, HubRepository repository, string? file, HttpResponseMessage response)
    {
        var code = Header(response, "X-Error-Code");
        var kind = repository.IsDataset ? "dataset" : "model";
        var page = options.Endpoint.AbsoluteUri.TrimEnd('/') + repository.PagePath;
        var status = (int)response.StatusCode;
        var message = (code, response.StatusCode) switch
        {
            ("GatedRepo", _) when options.Token is null =>
                $"{repository.Name}: access to this {kind} is restricted: ask for it at {page}, then set HF_TOKEN to a token of your account",
            ("GatedRepo", _) => $"{repository.Name}: the token in use has no access to this {kind}: ask for it at {page}",
            ("RevisionNotFound", _) => $"{repository.Name}: has no branch, tag or commit '{repository.Revision}'; see {page}",
            ("EntryNotFound", _) when file is not null => $"{repository.Display}: has no file '{file}'; see {page}/tree/{repository.Revision}",
            ("DisabledRepo", _) => $"{repository.Name}: the hub has disabled access to this {kind}; see {page}",
            ("RepoNotFound", _) or (null, HttpStatusCode.NotFound) => file is not null && code is null
                ? $"{repository.Display}: has no file '{file}'; see {page}"
                : $"{repository.Name}: no such {kind} at {options.Endpoint.Authority} (check the name; if it is private, set HF_TOKEN)",
            (_, HttpStatusCode.Unauthorized) when options.Token is not null =>
                $"{repository.Name}: the hub refuses the token in use (HF_TOKEN, or the one stored by 'hf auth login'): make a new one at {options.Endpoint.AbsoluteUri.TrimEnd('/')}/settings/tokens",
            (_, HttpStatusCode.Unauthorized) => $"{repository.Name}: no such {kind}, or one that needs a token: check the name, or set HF_TOKEN",
            (_, HttpStatusCode.Forbidden) => $"{repository.Name}: the hub refuses access (403){Detail(response)}; see {page}",
            (_, HttpStatusCode.TooManyRequests) => $"{repository.Name}: the hub asks for fewer requests (429); try again later, or set HF_TOKEN for a higher limit",
            _ => $"{repository.Name}: the hub answered {status} for {(file is null ? "the repository" : $"'{file}'")}{Detail(response)}; try again later",
        };
        return code is null && (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || status >= 500)
            ? new InputException(OneLine(message), new HubUnreachableException(message, null))
            : new InputException(OneLine(message));
    }

    /// <summary>The first value of a header, or null.</summary>
    public static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static string Detail(HttpResponseMessage response) => Header(response, "X-Error-Message") is { } text ? $": {text}" : "";
}
