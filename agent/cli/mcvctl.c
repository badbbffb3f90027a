/* mcvctl: commands for a running mcvd. */
#include "agent/cli/ctl_print.h"
#include "crypto/base/bytes.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_SOCKET  "/run/mcv/mcvd.sock"
#define CONTROL_VERSION 1
#define MAX_REPLY_BYTES (1u << 20)
#define LENGTH_BYTES    4u
#define MAX_WORDS       8 /* more than any command has */
#define WORD            1 /* what getopt_long says for one that is no option */

static const char usage[] =
    "usage: mcvctl [--socket PATH] [--json] COMMAND [ARGUMENTS]\n"
    "Controls a running mcvd.\n"
    "\n"
    "  status                      keys, groups and calls\n"
    "  call USER [--manual] [--emergency]\n"
    "                              private call; manual: the other user is asked\n"
    "  accept CALL | reject CALL | release CALL\n"
    "  group start GROUP           start a group call, or join the one that runs\n"
    "  group join GROUP            the same\n"
    "  group leave GROUP\n"
    "  group emergency GROUP | group peril GROUP | group normal GROUP\n"
    "                              raise its call (or start one), or cancel that\n"
    "  broadcast start GROUP | broadcast end GROUP\n"
    "  alert raise GROUP [--location TEXT]      tell a group of an emergency, until cancelled\n"
    "  alert cancel [USER]         our own, or another's where that is allowed\n"
    "  push start USER [--manual] [--source USER]\n"
    "                              show a user our video, or that of the source, who is told\n"
    "  push request SOURCE USER [--video NAME]   have a third device show its video to a user\n"
    "  push request-group SOURCE GROUP [--video NAME]                        ... or a group\n"
    "  push cancel PUSH            do not wait for that any longer\n"
    "  ptt press [--video] [--emergency] [--priority N] [--call CALL]\n"
    "                              ask to transmit; what comes of it are events\n"
    "  ptt release [--call CALL]   stop, or do not wait any longer\n"
    "  ptt position [--call CALL]  ask anew which place in the queue is ours\n"
    "  ptt show USER [--call CALL] | ptt hide USER [--call CALL]\n"
    "                              hand on what a user transmits, or do not\n"
    "                              (without --call: the only call that there is)\n"
    "  location TEXT               where we are; goes with alerts\n"
    "  sdp CALL                    session description for the local receiver of a call\n"
    "  events [--until NAME] [--timeout SECONDS]\n"
    "                              what happens, line by line, until NAME happened\n"
    "  stats                       counters\n"
    "  import BUNDLE (--passphrase-file FILE | --key-file FILE)\n"
    "                              keys from mcvkms; the daemon reads both files\n"
    "  key revoke GMK-ID           destroy one group key, for ever; eight hexadecimal digits\n"
    "  reload                      read the configuration again; calls in progress go on\n"
    "  zeroize                     destroy every stored key and end all calls\n"
    "\n"
    "  -s, --socket PATH           control socket (or MCV_SOCKET in the environment;\n"
    "                              " DEFAULT_SOCKET " unless given)\n"
    "  -j, --json                  one line of JSON per answer or event\n"
    "  -V, --version    -h, --help\n"
    "\n"
    "Exit status: 0 done, 1 refused by mcvd, 2 wrong command line, 3 no mcvd there, 4 timeout.\n";

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_DAEMON = 3, EXIT_TIMEOUT = 4 };

struct arguments {
    const char *socket, *until, *passphrase_file, *key_file;
    bool is_json, is_manual, is_emergency, with_video, has_priority;
    char *location, *source, *video;
    uint32_t timeout_s; /* 0: none */
    uint32_t priority, call;
};

/* ---- command line --------------------------------------------------------------------------- */

enum {
    OPT_MANUAL = 256,
    OPT_UNTIL,
    OPT_TIMEOUT,
    OPT_PASSPHRASE,
    OPT_KEY,
    OPT_LOCATION,
    OPT_EMERGENCY,
    OPT_SOURCE,
    OPT_VIDEO,
    OPT_WITH_VIDEO,
    OPT_PRIORITY,
    OPT_CALL
};

#define OPTIONS                                                                                    \
    {"socket", required_argument, NULL, 's'}, {"json", no_argument, NULL, 'j'},                    \
        {"version", no_argument, NULL, 'V'}, {"help", no_argument, NULL, 'h'},                     \
    {                                                                                              \
        "emergency", no_argument, NULL, OPT_EMERGENCY                                              \
    }

static const struct option options[] = {
    OPTIONS,
    {"manual", no_argument, NULL, OPT_MANUAL},
    {"until", required_argument, NULL, OPT_UNTIL},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"key-file", required_argument, NULL, OPT_KEY},
    {"location", required_argument, NULL, OPT_LOCATION},
    {"source", required_argument, NULL, OPT_SOURCE},
    {"video", required_argument, NULL, OPT_VIDEO},
    {NULL, 0, NULL, 0},
};

/* Behind the word ptt. */
static const struct option ptt_options[] = {
    OPTIONS,
    {"video", no_argument, NULL, OPT_WITH_VIDEO},
    {"priority", required_argument, NULL, OPT_PRIORITY},
    {"call", required_argument, NULL, OPT_CALL},
    {NULL, 0, NULL, 0},
};

static bool parse_number(uint32_t *out, const char *text, unsigned long min, unsigned long max)
{
    char *end;

    errno = 0;
    const unsigned long v = strtoul(text, &end, 10);
    *out = (uint32_t)v;
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && v >= min && v <= max;
}

/* Says what was wrong with an option. */
static bool is_good(bool ok, const char *option, const char *expected)
{
    if (!ok) fprintf(stderr, "mcvctl: %s \"%s\": expected %s\n", option, optarg, expected);
    return ok;
}

static bool take_option(struct arguments *a, int code)
{
    switch (code) {
    case 's':
        a->socket = optarg;
        return true;
    case 'j':
        a->is_json = true;
        return true;
    case OPT_MANUAL:
        a->is_manual = true;
        return true;
    case OPT_EMERGENCY:
        a->is_emergency = true;
        return true;
    case OPT_UNTIL:
        a->until = optarg;
        return true;
    case OPT_PASSPHRASE:
        a->passphrase_file = optarg;
        return true;
    case OPT_KEY:
        a->key_file = optarg;
        return true;
    case OPT_SOURCE:
        a->source = optarg;
        return true;
    case OPT_VIDEO:
        a->video = optarg;
        return true;
    case OPT_LOCATION:
        a->location = optarg;
        return true;
    case OPT_WITH_VIDEO:
        a->with_video = true;
        return true;
    case OPT_PRIORITY:
        a->has_priority = true;
        return is_good(parse_number(&a->priority, optarg, 0, 255), "--priority", "0 to 255");
    case OPT_CALL:
        return is_good(parse_number(&a->call, optarg, 1, UINT32_MAX), "--call", "a call of status");
    case OPT_TIMEOUT:
        return is_good(parse_number(&a->timeout_s, optarg, 1, 999999), "--timeout", "seconds");
    default:
        return false;
    }
}

enum operand {
    OPERAND_NONE,
    OPERAND_TARGET,
    OPERAND_MAYBE_TARGET,
    OPERAND_SOURCE_TARGET,
    OPERAND_CALL,
    OPERAND_BUNDLE,
    OPERAND_KEY,
    OPERAND_LOCATION,
};

static const struct {
    const char *first, *second;
    Mcv__ControlVerb verb;
    enum operand operand;
} commands[] = {
    {"status", NULL, MCV__CONTROL_VERB__STATUS, OPERAND_NONE},
    {"call", NULL, MCV__CONTROL_VERB__CALL, OPERAND_TARGET},
    {"accept", NULL, MCV__CONTROL_VERB__ACCEPT, OPERAND_CALL},
    {"reject", NULL, MCV__CONTROL_VERB__REJECT, OPERAND_CALL},
    {"release", NULL, MCV__CONTROL_VERB__RELEASE, OPERAND_CALL},
    {"group", "start", MCV__CONTROL_VERB__GROUP_START, OPERAND_TARGET},
    {"group", "join", MCV__CONTROL_VERB__GROUP_START, OPERAND_TARGET},
    {"group", "leave", MCV__CONTROL_VERB__GROUP_LEAVE, OPERAND_TARGET},
    {"group", "emergency", MCV__CONTROL_VERB__GROUP_EMERGENCY, OPERAND_TARGET},
    {"group", "peril", MCV__CONTROL_VERB__GROUP_PERIL, OPERAND_TARGET},
    {"group", "normal", MCV__CONTROL_VERB__GROUP_NORMAL, OPERAND_TARGET},
    {"broadcast", "start", MCV__CONTROL_VERB__BROADCAST_START, OPERAND_TARGET},
    {"broadcast", "end", MCV__CONTROL_VERB__BROADCAST_END, OPERAND_TARGET},
    {"alert", "raise", MCV__CONTROL_VERB__ALERT_RAISE, OPERAND_TARGET},
    {"alert", "cancel", MCV__CONTROL_VERB__ALERT_CANCEL, OPERAND_MAYBE_TARGET},
    {"push", "start", MCV__CONTROL_VERB__PUSH, OPERAND_TARGET},
    {"push", "request", MCV__CONTROL_VERB__PUSH_REQUEST, OPERAND_SOURCE_TARGET},
    {"push", "request-group", MCV__CONTROL_VERB__PUSH_REQUEST_GROUP, OPERAND_SOURCE_TARGET},
    {"push", "cancel", MCV__CONTROL_VERB__PUSH_CANCEL, OPERAND_CALL},
    {"ptt", "press", MCV__CONTROL_VERB__PTT_PRESS, OPERAND_NONE},
    {"ptt", "release", MCV__CONTROL_VERB__PTT_RELEASE, OPERAND_NONE},
    {"ptt", "position", MCV__CONTROL_VERB__PTT_POSITION, OPERAND_NONE},
    {"ptt", "show", MCV__CONTROL_VERB__PTT_SHOW, OPERAND_TARGET},
    {"ptt", "hide", MCV__CONTROL_VERB__PTT_HIDE, OPERAND_TARGET},
    {"location", NULL, MCV__CONTROL_VERB__LOCATION, OPERAND_LOCATION},
    {"sdp", NULL, MCV__CONTROL_VERB__SDP, OPERAND_CALL},
    {"events", NULL, MCV__CONTROL_VERB__EVENTS, OPERAND_NONE},
    {"stats", NULL, MCV__CONTROL_VERB__STATS, OPERAND_NONE},
    {"import", NULL, MCV__CONTROL_VERB__IMPORT, OPERAND_BUNDLE},
    {"key", "revoke", MCV__CONTROL_VERB__KEY_REVOKE, OPERAND_KEY},
    {"reload", NULL, MCV__CONTROL_VERB__RELOAD, OPERAND_NONE},
    {"zeroize", NULL, MCV__CONTROL_VERB__ZEROIZE, OPERAND_NONE},
};

/* Eight hexadecimal digits, as status, events and mcvkms write them. */
static bool parse_key_id(uint32_t *out, const char *text)
{
    *out = (uint32_t)strtoul(text, NULL, 16);
    return strlen(text) == 8 && strspn(text, "0123456789abcdefABCDEF") == 8;
}

/* A path that the daemon finds too, wherever it runs. */
static char *absolute(const char *path)
{
    static char out[2][PATH_MAX];
    static unsigned turn;
    char *p = out[turn++ % 2];

    if (realpath(path, p) == NULL) p[0] = '\0';
    return p;
}

static bool take_bundle(Mcv__ControlRequest *r, const struct arguments *a, const char *bundle)
{
    const char *secret = a->key_file != NULL ? a->key_file : a->passphrase_file;

    if ((a->key_file == NULL) == (a->passphrase_file == NULL)) {
        fputs("mcvctl: import needs one of --passphrase-file and --key-file\n", stderr);
        return false;
    }
    r->path = absolute(bundle);
    r->secret_path = absolute(secret);
    r->secret_is_key = a->key_file != NULL;
    if (r->path[0] != '\0' && r->secret_path[0] != '\0') return true;
    fprintf(stderr, "mcvctl: %s: %s\n", r->path[0] == '\0' ? bundle : secret, strerror(ENOENT));
    return false;
}

static void set_location(Mcv__ControlRequest *r, char *text)
{
    r->location = (ProtobufCBinaryData){.len = strlen(text), .data = (uint8_t *)text};
}

static bool take_operand(Mcv__ControlRequest *r, const struct arguments *a, enum operand kind,
                         char *text)
{
    if (text == NULL) return kind == OPERAND_NONE || kind == OPERAND_MAYBE_TARGET;
    switch (kind) {
    case OPERAND_NONE:
        return false;
    case OPERAND_MAYBE_TARGET:
    case OPERAND_SOURCE_TARGET: /* the source was taken */
    case OPERAND_TARGET:
        r->target = text;
        return true;
    case OPERAND_LOCATION:
        set_location(r, text);
        return true;
    case OPERAND_KEY:
        return parse_key_id(&r->key_id, text);
    case OPERAND_CALL:
        return parse_number(&r->call, text, 1, UINT32_MAX);
    case OPERAND_BUNDLE:
        return take_bundle(r, a, text);
    }
    return false;
}

static bool has_press_option(const struct arguments *a)
{
    return a->with_video || a->has_priority;
}

static bool make_request(Mcv__ControlRequest *r, const struct arguments *a, char **words, int n)
{
    mcv__control_request__init(r);
    r->version = CONTROL_VERSION;
    r->manual = a->is_manual;
    r->emergency = a->is_emergency;
    r->with_video = a->with_video;
    r->has_priority = a->has_priority;
    r->priority = a->priority;
    r->call = a->call;
    if (a->location != NULL) set_location(r, a->location);
    if (a->source != NULL) r->source = a->source;
    if (a->video != NULL) r->video = a->video;
    for (size_t i = 0; n > 0 && i < sizeof commands / sizeof commands[0]; i++) {
        int used = commands[i].second != NULL ? 2 : 1;
        if (strcmp(commands[i].first, words[0]) != 0) continue;
        if (used == 2 && (n < 2 || strcmp(commands[i].second, words[1]) != 0)) continue;
        r->verb = commands[i].verb;
        if (has_press_option(a) && r->verb != MCV__CONTROL_VERB__PTT_PRESS) return false;
        if (commands[i].operand == OPERAND_SOURCE_TARGET && n > used) r->source = words[used++];
        return n - used <= 1 &&
               take_operand(r, a, commands[i].operand, n > used ? words[used] : NULL);
    }
    return false;
}

/* ---- the connection ------------------------------------------------------------------------- */

static int connect_to(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) < sizeof sa.sun_path) snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&sa, sizeof sa) == 0) return fd;
    fprintf(stderr, "mcvctl: %s: no mcvd there (%s); --socket names another one\n", path,
            strerror(errno));
    if (fd >= 0) close(fd);
    return -1;
}

static bool send_request(int fd, const Mcv__ControlRequest *r)
{
    const size_t n = mcv__control_request__get_packed_size(r);
    uint8_t *out = malloc(LENGTH_BYTES + n);

    if (out == NULL) return false;
    mcv_store_be32(out, (uint32_t)n);
    mcv__control_request__pack(r, out + LENGTH_BYTES);
    const bool ok = send(fd, out, LENGTH_BYTES + n, MSG_NOSIGNAL) == (ssize_t)(LENGTH_BYTES + n);
    free(out);
    return ok;
}

enum got { GOT_ALL, GOT_END, GOT_TIMEOUT };

static long ms_left(const struct timespec *deadline)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (deadline->tv_sec - now.tv_sec) * 1000 + (deadline->tv_nsec - now.tv_nsec) / 1000000;
}

/* deadline NULL: waits for ever. */
static enum got read_all(int fd, uint8_t *out, size_t n, const struct timespec *deadline)
{
    for (size_t have = 0; have < n;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const long wait_ms = deadline != NULL ? ms_left(deadline) : -1;
        if (deadline != NULL && (wait_ms <= 0 || poll(&p, 1, (int)wait_ms) == 0))
            return GOT_TIMEOUT;
        const ssize_t got = read(fd, out + have, n - have);
        if (got <= 0) return GOT_END;
        have += (size_t)got;
    }
    return GOT_ALL;
}

static enum got read_reply(int fd, Mcv__ControlReply **reply, const struct timespec *deadline)
{
    uint8_t length[LENGTH_BYTES];

    *reply = NULL;
    enum got got = read_all(fd, length, sizeof length, deadline);
    const size_t n = got == GOT_ALL ? mcv_load_be32(length) : 0;
    if (got != GOT_ALL) return got;
    uint8_t *body = n <= MAX_REPLY_BYTES ? malloc(n + 1) : NULL;
    if (body == NULL) return GOT_END;
    got = read_all(fd, body, n, deadline);
    if (got == GOT_ALL) *reply = mcv__control_reply__unpack(NULL, n, body);
    free(body);
    return got == GOT_ALL && *reply == NULL ? GOT_END : got;
}

/* Reads and prints answers until the last one; the exit status. */
static int follow(int fd, Mcv__ControlVerb verb, const struct arguments *a)
{
    struct timespec deadline;
    bool is_done = false;
    int status = 0;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += a->timeout_s;
    while (!is_done) {
        Mcv__ControlReply *reply;
        const enum got got = read_reply(fd, &reply, a->timeout_s > 0 ? &deadline : NULL);
        if (got == GOT_TIMEOUT) return EXIT_TIMEOUT;
        if (got == GOT_END) {
            fputs("mcvctl: mcvd closed the connection\n", stderr);
            return EXIT_NO_DAEMON;
        }
        const bool is_start = verb == MCV__CONTROL_VERB__EVENTS && reply->event == NULL;
        if (reply->error[0] != '\0') status = EXIT_REFUSED;
        if (!is_start || status != 0) mcvctl_print(reply, verb, a->is_json);
        is_done = verb != MCV__CONTROL_VERB__EVENTS || status != 0 ||
                  (a->until != NULL && reply->event != NULL &&
                   strcmp(reply->event->name, a->until) == 0);
        mcv__control_reply__free_unpacked(reply, NULL);
    }
    return status;
}

/* Words and options in the order in which they stand: an option may belong to its command. */
static int next_option(int argc, char **argv, const char *command)
{
    const bool is_ptt = command != NULL && strcmp(command, "ptt") == 0;

    return getopt_long(argc, argv, "-s:jVh", is_ptt ? ptt_options : options, NULL);
}

int main(int argc, char **argv)
{
    const char *from_environment = getenv("MCV_SOCKET");
    struct arguments a = {.socket = from_environment != NULL ? from_environment : DEFAULT_SOCKET};
    char *words[MAX_WORDS + 1] = {NULL};
    Mcv__ControlRequest request;
    int code, n = 0;

    while ((code = next_option(argc, argv, words[0])) != -1) {
        if (code == 'h') return fputs(usage, stdout) < 0;
        if (code == 'V') return printf("mcvctl %s\n", MCV_VERSION) < 0;
        if (code != WORD && !take_option(&a, code)) return EXIT_USAGE;
        if (code == WORD && n < MAX_WORDS) words[n++] = optarg;
    }
    while (optind < argc && n < MAX_WORDS) words[n++] = argv[optind++]; /* behind "--" */
    if (!make_request(&request, &a, words, n)) {
        fputs("mcvctl: no such command, or not with these arguments; see mcvctl --help\n", stderr);
        return EXIT_USAGE;
    }
    const int fd = connect_to(a.socket);
    if (fd < 0) return EXIT_NO_DAEMON;
    const int status = send_request(fd, &request) ? follow(fd, request.verb, &a) : EXIT_NO_DAEMON;
    close(fd);
    return status;
}
