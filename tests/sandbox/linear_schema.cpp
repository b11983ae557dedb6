#include "linear_schema.hpp"

// The slice of Linear's public schema that ticket work touches; names and types are Linear's own, which
// tests/integration/linear_schema_npm.py checks. What mutations take is whole, so that a misspelt field is told from a
// real one. Output types list what is served: asking for more is refused.
namespace sandbox {

const std::string_view linear_schema = R"(
scalar DateTime
scalar TimelessDate
scalar JSON
scalar JSONObject
enum SLADayCountType { all onlyBusinessDays }

type Query {
  issue(id: String!): Issue!
  issues(filter: IssueFilter, first: Int, includeArchived: Boolean): IssueConnection!
  team(id: String!): Team!
  viewer: User!
  attachmentsForURL(url: String!, first: Int, includeArchived: Boolean): AttachmentConnection!
  rateLimitStatus: RateLimitPayload!
}
type Mutation {
  issueCreate(input: IssueCreateInput!): IssuePayload!
  attachmentCreate(input: AttachmentCreateInput!): AttachmentPayload!
  commentCreate(input: CommentCreateInput!): CommentPayload!
}

type IssuePayload { issue: Issue lastSyncId: Float! success: Boolean! }
type AttachmentPayload { attachment: Attachment! lastSyncId: Float! success: Boolean! }
type CommentPayload { comment: Comment! lastSyncId: Float! success: Boolean! }
type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }
type IssueConnection { nodes: [Issue!]! pageInfo: PageInfo! }
type AttachmentConnection { nodes: [Attachment!]! pageInfo: PageInfo! }
type User { id: ID! name: String! displayName: String! email: String! active: Boolean! }
type Team { id: ID! key: String! name: String! displayName: String! }
type Issue {
  id: ID! identifier: String! number: Float! url: String! title: String! description: String
  createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime trashed: Boolean
  priority: Float! estimate: Float dueDate: TimelessDate labelIds: [String!]! previousIdentifiers: [String!]! team: Team!
}
type Attachment {
  id: ID! url: String! title: String! subtitle: String metadata: JSONObject! groupBySource: Boolean!
  createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime issue: Issue!
}
type Comment {
  id: ID! url: String! body: String! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  issueId: String issue: Issue
}
type RateLimitPayload { identifier: String kind: String! limits: [RateLimitResultPayload!]! }
type RateLimitResultPayload {
  allowedAmount: Float! period: Float! remainingAmount: Float! requestedAmount: Float! reset: Float! type: String!
}

input IssueFilter { id: IssueIDComparator title: StringComparator }
input IssueIDComparator { eq: ID in: [ID!] neq: ID nin: [ID!] }
input StringComparator { eq: String contains: String startsWith: String }
input IssueCreateInput {
  assigneeId: String completedAt: DateTime createAsUser: String createdAt: DateTime cycleId: String delegateId: String
  description: String descriptionData: JSON displayIconUrl: String dueDate: TimelessDate estimate: Int id: String
  inheritsSharedAccess: Boolean labelIds: [String!] lastAppliedTemplateId: String parentId: String
  preserveSortOrderOnCreate: Boolean priority: Int prioritySortOrder: Float projectId: String projectMilestoneId: String
  referenceCommentId: String releaseIds: [String!] slaBreachesAt: DateTime slaStartedAt: DateTime slaType: SLADayCountType
  sortOrder: Float sourceCommentId: String sourcePullRequestCommentId: String stateId: String subIssueSortOrder: Float
  subscriberIds: [String!] teamId: String! templateId: String title: String useDefaultTemplate: Boolean
}
input AttachmentCreateInput {
  commentBody: String commentBodyData: JSONObject createAsUser: String displayIconUrl: String groupBySource: Boolean
  iconUrl: String id: String issueId: String! metadata: JSONObject subtitle: String title: String! url: String!
}
input CommentCreateInput {
  body: String bodyData: JSON createAsUser: String createOnSyncedSlackThread: Boolean createdAt: DateTime
  displayIconUrl: String doNotSubscribeToIssue: Boolean documentContentId: String id: String initiativeId: String
  initiativeUpdateId: String issueId: String parentId: String postId: String projectId: String projectUpdateId: String
  quotedText: String subscriberIds: [String!]
}
)";

}  // namespace sandbox
