"""A configuration whose tickets have everything that a ticket can have."""
from world import TEAM

IDS = {name: f"11111111-2222-4333-8444-5555555556{number:02}" for number, name in enumerate(
    ("label", "other_label", "subscriber", "assignee", "project", "state", "template"))}

# For world.start_worker(changes=...).
FULL_TICKET = [(f'ticket.team_id = "{TEAM}"\n', f"""\
ticket.team_id = "{TEAM}"
ticket.label_ids = ["{IDS['label']}", "{IDS['other_label']}"]
ticket.subscriber_ids = ["{IDS['subscriber']}"]
ticket.assignee_id = "{IDS['assignee']}"
ticket.project_id = "{IDS['project']}"
ticket.state_id = "{IDS['state']}"
ticket.template_id = "{IDS['template']}"
ticket.priority = 2
ticket.due_in_days = 7
ticket.link = "https://reclaim.example.com/evidence/{{{{approval_id}}}}"
""")]
