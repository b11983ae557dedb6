# What every script here shares: calm output, one way to fail, clean-up that always happens. Source it; it runs nothing.

# shellcheck shell=bash disable=SC2034
set -Eeuo pipefail
shopt -s inherit_errexit
trap 'printf "error: %s, line %s: %s\n" "${BASH_SOURCE[0]##*/}" "$LINENO" "$BASH_COMMAND" >&2' ERR # no silent end
REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Colour and redrawing only where a person is looking: a log file stays plain text.
if [[ -t 1 ]]; then TTY=1; else TTY=''; fi
if [[ $TTY && -z ${NO_COLOR-} && ${TERM-dumb} != dumb ]]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
    BOLD='' DIM='' GREEN='' RED='' PLAIN=''
fi

heading() { printf '\n%s%s%s\n' "$BOLD" "$*" "$PLAIN"; }
say() { printf '  %s\n' "$*"; }
note() { printf '  %s%s%s\n' "$DIM" "$*" "$PLAIN"; }
ok() { printf '  %sok%s  %s\n' "$GREEN" "$PLAIN" "$*"; }

# fail WHAT [HINT...]: what went wrong, then what to do about it, one line each.
fail() {
    printf '%serror:%s %s\n' "$RED" "$PLAIN" "$1" >&2
    shift
    (($# == 0)) || printf '       %s\n' "$@" >&2
    exit 1
}

# progress LABEL: reads lines "PERCENT TEXT" and shows the latest: in place on a terminal, else every ten seconds.
progress() {
    local label=$1 percent text drawn=$SECONDS
    while read -r percent text; do
        if [[ $TTY ]]; then
            printf '\r\e[K  %-10s %3s%%  %s%.60s%s' "$label" "$percent" "$DIM" "$text" "$PLAIN"
        elif ((SECONDS - drawn >= 10)); then
            drawn=$SECONDS
            printf '  %-10s %3s%%  %.60s\n' "$label" "$percent" "$text"
        fi
    done
    [[ ! $TTY ]] || printf '\r\e[K'
}

is_root() { [[ $EUID == 0 ]]; }

# as_root WHY COMMAND...: directly, or through sudo; WHY is what the person asked for a password reads.
as_root() {
    local why=$1
    shift
    if is_root; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -p "  sudo password ($why): " -- "$@"
    else
        fail "root is needed to $why, and there is no sudo here" "run the same command as root"
    fi
}

# at_exit COMMAND: run last-in first-out however the script ends. Values are expanded when it runs, so quote accordingly.
AT_EXIT=() WAITED=''
at_exit() { AT_EXIT+=("$1"); }
run_at_exit() {
    local status=$? i
    trap '' INT TERM HUP
    trap - EXIT
    set +eE
    [[ -z $WAITED ]] || { kill -- "-$WAITED"; wait "$WAITED"; } 2>/dev/null
    for ((i = ${#AT_EXIT[@]} - 1; i >= 0; i--)); do eval "${AT_EXIT[i]}"; done
    exit "$status"
}
trap run_at_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# waited COMMAND...: like running it, but a signal to this script ends it, with all it started, at once.
# Redirect inside COMMAND, not around this call: clean-up that runs meanwhile would write there too.
waited() {
    local status=0
    set -m # a process group of its own, so that all of it can be ended
    "$@" &
    WAITED=$!
    set +m
    wait "$WAITED" || status=$?
    WAITED=''
    return "$status"
}

# scratch_folder NAME: a new folder on disk (fsync must mean something), short enough for a socket path, reachable by
# the user PostgreSQL runs as. Prints its path; the caller removes it.
scratch_folder() {
    local folder
    folder=$(mktemp -d "/var/tmp/$1.XXXXXX")
    chmod 755 "$folder"
    printf '%s\n' "$folder"
}
