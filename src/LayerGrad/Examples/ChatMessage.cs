namespace LayerGrad.Examples;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, or another role that the chat template knows.</param>
/// <param name="Content">What is said, as it stands in the dataset.</param>
public sealed record ChatMessage(string Role, string Content);
