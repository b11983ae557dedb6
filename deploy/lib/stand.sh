# A whole Reclaim on one machine, for deploy/demo: private PostgreSQL, sandbox, receiver, workers, and the approval tool's
# side of the webhook. Everything lives in the folder $stand; stand_down ends every process and removes the folder.
# shellcheck shell=bash disable=SC2034

SOURCE=itsm
TEAM=3b7d3585-029d-4490-80ce-6a44c6d9f081
BIN=$REPO/build/release
stand=''

stand_up() {
    stand=$(scratch_folder reclaim-demo)
    write_secret webhook.secret "whsec_$(openssl rand -base64 24)"
    write_secret okta.token "$(openssl rand -hex 20)"
    write_secret linear.key "lin_api_$(openssl rand -hex 20)"
    local maintenance
    maintenance=$("$REPO/deploy/cluster" start "$stand/pg")
    admin_url=${maintenance%/*}/reclaim
    psql -Xq "$maintenance" -c 'create database reclaim'
}

# stand_down works from the folder alone, so that a later `deploy/demo --stop` can use it too.
stand_down() {
    [[ $stand && -d $stand ]] || return 0
    local file
    for file in "$stand"/*.pid; do end_program "$file"; done
    "$REPO/deploy/cluster" destroy "$stand/pg"
    rm -rf "$stand"
    stand=''
}

write_secret() { (umask 077 && printf '%s\n' "$2" >"$stand/$1"); }
secret() { cat "$stand/$1"; }

# start_program NAME COMMAND...: in a session of its own, so that Ctrl-C reaches this script alone and it ends the others.
start_program() {
    local name=$1
    shift
    setsid "$@" </dev/null >"$stand/$name.out" 2>"$stand/$name.log" &
    echo $! >"$stand/$name.pid"
    disown
}

# By name too, since a number may have been given to another program meanwhile. Not by its exe link: a worker hides that.
is_running() {
    local name state
    read -r _ name state _ 2>/dev/null <"/proc/$1/stat" && [[ $name == '(reclaim-'* && $state != Z ]]
}

end_program() {
    local pid
    pid=$(cat "$1" 2>/dev/null) || return 0
    ! is_running "$pid" || kill "$pid"
    for _ in {1..120}; do
        is_running "$pid" || return 0
        sleep 0.05
    done
    kill -KILL "$pid"
}

# wait_for WHAT COMMAND...: until the command succeeds; ten seconds are the limit.
wait_for() {
    local what=$1
    shift
    for _ in {1..200}; do
        ! "$@" 2>/dev/null || return 0
        sleep 0.05
    done
    tail -qn 3 "$stand"/*.log >&2 || true
    fail "waited ten seconds in vain: $what"
}

start_sandbox() {
    cat >"$stand/sandbox.json" <<JSON
{
  "okta": {"token": "$(secret okta.token)", "apps": ["figma"]},
  "linear": {"api_key": "$(secret linear.key)", "teams": [{"id": "$TEAM", "key": "IT", "name": "IT"}]},
  "requester": {"$SOURCE": {"secrets": ["$(secret webhook.secret)"]}}
}
JSON
    start_program sandbox "$BIN/tests/sandbox/reclaim-sandbox" --listen 127.0.0.1:0 \
        --log "$stand/calls.ndjson" --config "$stand/sandbox.json"
    wait_for "the sandbox starts" grep -q listening "$stand/sandbox.out"
    sandbox_url=$(sed -n 's/^sandbox listening on //p' "$stand/sandbox.out")
}

# control METHOD PATH [JSON]: the sandbox's other side, which no vendor has.
control() { curl -sS --fail -X "$1" -H 'Sandbox-Control: yes' ${3:+--data "$3"} "$sandbox_url/_sandbox$2"; }

write_config() {
    local port=${admin_url##*:}
    # No user here: each program signs in with its own role, named by PGUSER.
    cat >"$stand/reclaim.toml" <<TOML
[database]
conninfo = "host=127.0.0.1 port=${port%/*} dbname=reclaim"

[receiver]
port = 0
ops.port = 0

[receiver.sources.$SOURCE]
secret_file = "webhook.secret"

[connectors.okta]
recipe = "$REPO/deploy/recipes/okta-app-assignment.toml"
url = "$sandbox_url"
auth = "ssws"
token_file = "okta.token"

[apps.figma]
connector = "okta"
vars = { app_id = "figma" }

[linear]
url = "$sandbox_url"
token_file = "linear.key"

[linear.ticket]
team_id = "$TEAM"

[confirmation.endpoints.$SOURCE]
url = "$sandbox_url/requester/$SOURCE"
secret_file = "webhook.secret"
TOML
}

start_receiver() {
    start_program receiver env PGUSER=reclaim_receiver "$BIN/reclaim-receiver" --config "$stand/reclaim.toml"
    wait_for "the receiver starts" grep -q '"receiver_started"' "$stand/receiver.log"
    local started
    started=$(grep '"receiver_started"' "$stand/receiver.log")
    receiver_url=http://127.0.0.1:$(sed -E 's/.*"port":([0-9]+).*/\1/' <<<"$started")
    ops_url=http://127.0.0.1:$(sed -E 's/.*"ops_port":([0-9]+).*/\1/' <<<"$started")
}

worker() { PGUSER=reclaim_worker "$BIN/reclaim-worker" "$1" --config "$stand/reclaim.toml" "${@:2}"; }

start_worker() {
    start_program "$1" env PGUSER=reclaim_worker "$BIN/reclaim-worker" run --config "$stand/reclaim.toml"
    local pid
    pid=$(cat "$stand/$1.pid")
    wait_for "$1 starts" registered "$pid"
}
registered() { [[ $(as_admin "select count(*) from reclaim.worker where pid = $1") == 1 ]]; }

# Three ways into the database: who installs it, who detects unused seats, who operates.
as_admin() { psql -XqAt -v ON_ERROR_STOP=1 "$admin_url" -c "$1"; }
as_detector() { psql -XqAt -v ON_ERROR_STOP=1 "${admin_url/postgres@/demo_detector@}" -c "$1"; }
as_operator() { psql -XqAt -v ON_ERROR_STOP=1 "${admin_url/postgres@/demo_operator@}" -c "$1"; }

lines=ascii
[[ ${LC_ALL:-${LC_CTYPE:-${LANG-}}} != *[Uu][Tt][Ff]* ]] || lines=unicode
# show SQL [PSQL-OPTION...]: an answer as a table for people.
show() {
    psql -Xq -v ON_ERROR_STOP=1 -P pager=off -P footer=off -P border=0 -P linestyle=$lines "${@:2}" \
        "${admin_url/postgres@/demo_operator@}" <<<"$1" | sed -E 's/^/     /; s/ +$//; /^$/d'
}

# approve APPROVAL_ID SEAT SUBJECT FLAG_EPOCH: what the approval tool sends, signed as Standard Webhooks says. The answer is
# left in $status and $answer. A repeat with the same id is what a sender does after a 503.
approve() {
    local stamp body signature key
    stamp=$(date +%s)
    [[ -f $stand/$1.json ]] || cat >"$stand/$1.json" <<JSON
{"type": "seat.removal.approved", "timestamp": "$(date -u +%FT%TZ)", "data": {
  "approval_id": "$1", "app": "figma", "seat": "$2", "subject": "$3", "flag_epoch": $4,
  "approver": "it.lead@example.com", "requester": "finops@example.com", "reason": "not used for 90 days",
  "approved_at": "$(date -u +%FT%TZ)", "expires_at": "$(date -u -d '+1 day' +%FT%TZ)"}}
JSON
    body=$stand/$1.json
    key=$(secret webhook.secret | sed 's/^whsec_//' | base64 -d | od -An -v -tx1 | tr -d ' \n')
    signature=$({ printf 'msg_%s.%s.' "$1" "$stamp" && cat "$body"; } |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
    status=$(curl -sS -o "$stand/answer" -w '%{http_code}' --data-binary "@$body" -H 'content-type: application/json' \
        -H "webhook-id: msg_$1" -H "webhook-timestamp: $stamp" -H "webhook-signature: v1,$signature" \
        "$receiver_url/v1/webhooks/$SOURCE")
    answer=$(cat "$stand/answer")
}
