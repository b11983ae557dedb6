#pragma once
// Every GraphQL document we send. Constants: what a seat or a person is called travels in the variables only, so no
// name can change what is asked.
#include <string_view>

namespace reclaim::delivery::documents {

inline constexpr std::string_view create = R"(mutation DeprovisionTicketCreate($input: IssueCreateInput!) {
  issueCreate(input: $input) {
    success
    lastSyncId
    issue { id identifier url title createdAt team { id key } }
  }
})";

inline constexpr std::string_view find = R"(query DeprovisionTicketById($id: String!) {
  issue(id: $id) { id identifier url title createdAt archivedAt trashed team { id key } }
})";

// Repeats harmlessly: Linear keeps one attachment for each issue and address.
inline constexpr std::string_view attach = R"(mutation DeprovisionTicketAttach($input: AttachmentCreateInput!) {
  attachmentCreate(input: $input) { success attachment { id url title } }
})";

// Repeats harmlessly: the comment's id is ours too.
inline constexpr std::string_view comment = R"(mutation DeprovisionTicketComment($input: CommentCreateInput!) {
  commentCreate(input: $input) { success comment { id url } }
})";

inline constexpr std::string_view preflight = R"(query LinearPreflight($teamId: String!) {
  viewer { id name }
  team(id: $teamId) { id key name }
  rateLimitStatus { identifier kind limits { type requestedAmount allowedAmount period remainingAmount reset } }
})";

}  // namespace reclaim::delivery::documents
