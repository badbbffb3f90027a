#include "sim/replay_command.h"

#include "agent/edge/log.h"
#include "agent/record/record_parts.h"
#include "proto/monp.h"
#include "proto/tc.h"
#include "sim/option.h"
#include "sim/replay.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_S     1e6
#define PPM_PER_CENT 10000
#define EXIT_DIFFERS 1
#define EXIT_WRONG   2
#define EXIT_DAMAGED 3

static const char usage[] =
    "usage: mcvsim replay FILE [--set KEY=VALUE]... [--seed S] [--quiet]\n"
    "                          [--key-file FILE | --passphrase-file FILE]\n"
    "Plays a flight record of mcvd --record again, in the same core, and compares what comes out.\n"
    "\n"
    "  -s, --set KEY=VALUE        what would have happened: loss=PERCENT of the received "
    "datagrams,\n"
    "                             or a timer of the configuration in its unit, as T201_ms=80;\n"
    "                             outputs are then not compared, but counted beside the recorded "
    "ones\n"
    "  -S, --seed S               which datagrams are lost; default: 1\n"
    "  -q, --quiet                only the summary\n"
    "  -k, --key-file FILE        opens a record with secrets: as the store of that mcvd\n"
    "  -p, --passphrase-file FILE the same\n"
    "  -h, --help                 print this and exit\n"
    "\n"
    "Exit status: 0 the same as recorded, or played with changes; 1 different; 2 wrong command "
    "line or\n"
    "no such record; 3 the record is damaged or ends within a frame.\n";

struct arguments {
    const char *path, *secret_path;
    enum mcv_seal_kind secret_kind;
    bool is_quiet;
    struct mcv_replay_changes changes;
};

/* ---- the command line ---------------------------------------------------------------------- */

static bool wrong(const char *what, const char *value)
{
    fprintf(stderr, "mcvsim: %s \"%s\"; see mcvsim replay --help\n", what, value);
    return false;
}

static bool set_loss(struct mcv_replay_changes *c, const char *value)
{
    uint64_t percent;

    if (!mcv_option_number(&percent, value, 100))
        return wrong("loss needs a number from 0 to 100, not", value);
    c->loss_ppm = (uint32_t)percent * PPM_PER_CENT;
    return true;
}

/* "T201_ms" is the row "T201" with the unit "ms". */
static const struct mcv_timer_row *find_timer(struct mcv_bytes wanted)
{
    char name[64];

    for (size_t i = 0; i < mcv_n_timer_rows; i++) {
        const struct mcv_timer_row *row = &mcv_timer_rows[i];
        snprintf(name, sizeof name, "%s_%s", row->name, row->unit);
        if (mcv_bytes_equal(mcv_bytes_str(name), wanted)) return row;
    }
    return NULL;
}

static bool set_timer(struct mcv_replay_changes *c, const char *text, size_t n_key)
{
    const struct mcv_timer_row *row = find_timer(mcv_bytes_of((const uint8_t *)text, n_key));
    uint64_t value;

    if (row == NULL) return wrong("loss or a timer of the configuration is expected in", text);
    if (!mcv_option_number(&value, text + n_key + 1, row->max) || value < row->min) {
        fprintf(stderr, "mcvsim: %s: expected %u .. %u %s\n", text, row->min, row->max, row->unit);
        return false;
    }
    if (c->n_timers == MCV_REPLAY_MAX_SETS) return wrong("too many changes with", text);
    c->timers[c->n_timers] = row;
    c->values[c->n_timers++] = (uint32_t)value;
    return true;
}

static bool set_change(struct mcv_replay_changes *c, const char *text)
{
    const char *is = strchr(text, '=');

    if (is == NULL) return wrong("--set needs KEY=VALUE, not", text);
    const size_t n = (size_t)(is - text);
    if (strncmp(text, "loss=", 5) == 0) return set_loss(c, is + 1);
    return set_timer(c, text, n);
}

static bool read_option(struct arguments *a, int c)
{
    switch (c) {
    case 's':
        return set_change(&a->changes, optarg);
    case 'S':
        return mcv_option_number(&a->changes.seed, optarg, MCV_MAX_SEED) ||
               wrong("--seed needs a number below 2^53, not", optarg);
    case 'q':
        a->is_quiet = true;
        return true;
    case 'k':
    case 'p':
        a->secret_kind = c == 'k' ? MCV_SEAL_KEY_FILE : MCV_SEAL_PASSPHRASE;
        a->secret_path = optarg;
        return true;
    case 'h':
        fputs(usage, stdout);
        exit(0);
    default:
        return false;
    }
}

static bool parse(struct arguments *a, int argc, char **argv)
{
    static const struct option options[] = {
        {"set", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'S'},
        {"quiet", no_argument, NULL, 'q'},
        {"key-file", required_argument, NULL, 'k'},
        {"passphrase-file", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };

    *a = (struct arguments){.changes.seed = 1};
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "s:S:qk:p:h", options, NULL)) != -1;)
        if (!read_option(a, c)) return false;
    if (argc - optind != 1) {
        fputs("mcvsim: replay needs one file; see mcvsim replay --help\n", stderr);
        return false;
    }
    a->path = argv[optind];
    return true;
}

/* ---- told ---------------------------------------------------------------------------------- */

struct teller {
    uint64_t first_us;
    bool is_started;
};

static void at(const struct teller *t, uint64_t at_us)
{
    printf("%12.6f  ", (double)(at_us - t->first_us) / US_PER_S);
}

static const char *const channels[MCV_N_CHANNELS] = {
    [MCV_CH_MONP] = "MONP",
    [MCV_CH_AUDIO_RTP] = "audio RTP",
    [MCV_CH_AUDIO_RTCP] = "audio RTCP",
    [MCV_CH_VIDEO_RTP] = "video RTP",
    [MCV_CH_VIDEO_RTCP] = "video RTCP",
    [MCV_CH_CONTROL] = "transmission control",
};

static const char *const commands[] = {
    [MCV_CMD_CALL] = "call",
    [MCV_CMD_ACCEPT] = "accept",
    [MCV_CMD_REJECT] = "reject",
    [MCV_CMD_RELEASE] = "release",
    [MCV_CMD_GROUP_START] = "group start",
    [MCV_CMD_GROUP_LEAVE] = "group leave",
    [MCV_CMD_GROUP_EMERGENCY] = "group emergency",
    [MCV_CMD_GROUP_PERIL] = "group peril",
    [MCV_CMD_GROUP_NORMAL] = "group normal",
    [MCV_CMD_BROADCAST_START] = "broadcast start",
    [MCV_CMD_BROADCAST_END] = "broadcast end",
    [MCV_CMD_ALERT_RAISE] = "alert raise",
    [MCV_CMD_ALERT_CANCEL] = "alert cancel",
    [MCV_CMD_LOCATION] = "location",
    [MCV_CMD_PTT_PRESS] = "ptt press",
    [MCV_CMD_PTT_RELEASE] = "ptt release",
    [MCV_CMD_PTT_POSITION] = "ptt position",
    [MCV_CMD_SHOW] = "show",
    [MCV_CMD_HIDE] = "hide",
    [MCV_CMD_PUSH] = "push",
    [MCV_CMD_PUSH_REQUEST] = "push request",
    [MCV_CMD_PUSH_REQUEST_GROUP] = "push request group",
    [MCV_CMD_PUSH_CANCEL] = "push cancel",
    [MCV_CMD_ZEROIZE] = "zeroize",
};

static const char *command_name(uint32_t type)
{
    return type < sizeof commands / sizeof *commands && commands[type] != NULL ? commands[type]
                                                                               : "unknown";
}

/* Of the first message of a datagram in clear; a full record has it protected. */
static const char *control_name(struct mcv_bytes clear)
{
    struct mcv_reader r = mcv_reader_of(clear);
    struct mcv_bytes packet;
    struct mcv_tc m;

    return mcv_tc_next(&packet, &r) && mcv_tc_decode(&m, packet) == MCV_OK ? mcv_tc_name(m.type)
                                                                           : "(protected)";
}

static const char *message_name(uint32_t channel, struct mcv_bytes clear)
{
    return channel == MCV_CH_MONP ? mcv_monp_type_name(mcv_record_monp_type(clear))
                                  : control_name(clear);
}

/* What came, as the record has it in clear. */
static struct mcv_bytes clear_of(const Mcv__RecordFrame *f)
{
    const bool was_opened = f->n_verdicts > 0 && f->verdicts[0]->err == MCV_OK;

    return mcv_pb_bytes(was_opened ? &f->verdicts[0]->rtcp : &f->datagram->head);
}

/* Media are counted, not told. */
static bool is_told(uint32_t channel)
{
    return channel == MCV_CH_MONP || channel == MCV_CH_CONTROL;
}

static void print_text(const char *key, struct mcv_bytes text)
{
    if (text.n > 0) printf(" %s=%s", key, mcv_log_text(text));
}

static void tell_input(void *ctx, uint64_t at_us, const Mcv__RecordFrame *f, bool is_dropped)
{
    struct teller *t = ctx;

    if (!t->is_started) t->first_us = at_us;
    t->is_started = true;
    if (f->what_case == MCV__RECORD_FRAME__WHAT_DATAGRAM && is_told(f->datagram->channel)) {
        at(t, at_us);
        printf("%s %s %s call=%" PRIu32 " octets=%" PRIu32 "\n", is_dropped ? "loses" : "receives",
               channels[f->datagram->channel], message_name(f->datagram->channel, clear_of(f)),
               f->datagram->call, f->datagram->n);
    }
    if (f->what_case == MCV__RECORD_FRAME__WHAT_COMMAND) {
        at(t, at_us);
        printf("command %s", command_name(f->command->type));
        if (f->command->call != 0) printf(" call=%" PRIu32, f->command->call);
        print_text("target", mcv_pb_bytes(&f->command->target));
        putchar('\n');
    }
    if (f->what_case == MCV__RECORD_FRAME__WHAT_JOB) {
        at(t, at_us);
        printf("job %s: %s\n",
               f->job->kind < MCV_N_JOB_KINDS ? mcv_job_name((enum mcv_job_kind)f->job->kind) : "?",
               mcv_err_text((mcv_err)f->job->err));
    }
}

static void tell_output(void *ctx, uint64_t at_us, const struct mcv_out *out)
{
    const struct teller *t = ctx;

    if (out->kind == MCV_OUT_PACKET && is_told(out->u.packet.channel)) {
        const struct mcv_out_packet *p = &out->u.packet;
        at(t, at_us);
        printf("sends %s %s call=%" PRIu32 " octets=%zu pppp=%u\n", channels[p->channel],
               message_name(p->channel, p->bytes), p->call, p->bytes.n, p->pppp);
    }
    if (out->kind == MCV_OUT_TRACE) {
        const struct mcv_trace *s = &out->u.trace;
        const enum mcv_machine m = (enum mcv_machine)s->machine;
        at(t, at_us);
        printf("state call=%" PRIu32 " %s -> %s (%s)\n", s->call, mcv_state_name(m, s->from),
               mcv_state_name(m, s->to), mcv_state_text(m, s->to));
    }
    if (out->kind == MCV_OUT_EVENT) {
        const struct mcv_event *e = &out->u.event;
        at(t, at_us);
        printf("event %s", mcv_event_name(e->type));
        if (e->call != 0) printf(" call=%" PRIu32, e->call);
        print_text("user", e->user);
        print_text("group", e->group);
        if (e->reason != MCV_END_NONE) printf(" reason=%s", mcv_end_name(e->reason));
        putchar('\n');
    }
}

/* ---- the summary --------------------------------------------------------------------------- */

static void print_row(const char *name, uint64_t recorded, uint64_t now, bool is_changed)
{
    if (recorded == 0 && now == 0) return;
    printf("  %-40s %10" PRIu64, name, recorded);
    if (is_changed) printf(" %10" PRIu64, now);
    putchar('\n');
}

static void print_counts(const struct mcv_replay_counts *r, const struct mcv_replay_counts *n,
                         bool is_changed)
{
    printf("  %-40s %10s%s\n", "", "recorded", is_changed ? "    changed" : "");
    for (unsigned i = 0; i < MCV_N_EVENTS; i++)
        print_row(mcv_event_name((enum mcv_event_type)i), r->events[i], n->events[i], is_changed);
    for (unsigned i = 0; i < 256; i++)
        print_row(mcv_monp_type_name((uint8_t)i), r->monp[i], n->monp[i], is_changed);
    print_row("packets of media and control sent", r->media, n->media, is_changed);
    print_row("packets for applications", r->local, n->local, is_changed);
    print_row("received datagrams lost", r->n_dropped, n->n_dropped, is_changed);
    print_row("made up: not in the record", r->n_beyond, n->n_beyond, is_changed);
}

static int verdict_of(const struct mcv_replay_result *r, bool is_changed)
{
    printf("%s%" PRIu64 " inputs, %" PRIu64 " outputs, %.3f s: ",
           is_changed ? "without the change: " : "", r->counts.n_inputs, r->counts.n_outputs,
           (double)(r->last_us - r->first_us) / US_PER_S);
    if (r->is_same) {
        printf("the same as recorded");
    } else {
        printf("different from the record after %.6f s",
               (double)(r->differs_at_us - r->first_us) / US_PER_S);
    }
    if (r->is_whole)
        printf("; the record ended: %s\n", mcv_log_text(mcv_bytes_str(r->why_ended)));
    else
        printf("; the record has no end\n");
    return r->is_same ? 0 : EXIT_DIFFERS;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static int damaged(const char *path, mcv_err err, const struct mcv_why *why)
{
    fprintf(stderr, "mcvsim: %s: %s\n", path,
            err == MCV_E_TRUNCATED ? "ends within a frame; what is before it was played"
                                   : why->text);
    return EXIT_DAMAGED;
}

static int play(const struct arguments *a, struct mcv_replay_file *file)
{
    static const struct mcv_replay_changes none;
    const bool is_changed = mcv_replay_is_changed(&a->changes);
    struct teller teller = {0};
    const struct mcv_replay_listener listener = {tell_input, tell_output, &teller};
    const struct mcv_replay_listener *tells = a->is_quiet ? NULL : &listener;
    struct mcv_replay_result recorded, changed = {0};
    struct mcv_why why = {0};

    mcv_err err = mcv_replay_run(&recorded, file, &none, is_changed ? NULL : tells, &why);
    if (err != MCV_OK && err != MCV_E_TRUNCATED) return damaged(a->path, err, &why);
    if (is_changed) {
        err = mcv_replay_run(&changed, file, &a->changes, tells, &why);
        if (err != MCV_OK && err != MCV_E_TRUNCATED) return damaged(a->path, err, &why);
    }
    print_counts(&recorded.counts, &changed.counts, is_changed);
    const int status = verdict_of(&recorded, is_changed);
    return err == MCV_E_TRUNCATED ? damaged(a->path, err, &why) : status;
}

int mcv_replay_command(int argc, char **argv)
{
    struct arguments a;
    struct mcv_seal_secret secret = {0};
    struct mcv_replay_file file = {0};
    struct mcv_why why = {0};
    int status = EXIT_WRONG;

    if (!parse(&a, argc, argv)) return EXIT_WRONG;
    mcv_err err = MCV_OK;
    if (a.secret_path != NULL)
        err = mcv_seal_secret_load(&secret, a.secret_kind, a.secret_path, &why);
    if (err == MCV_OK)
        err = mcv_replay_file_open(&file, a.path, a.secret_path != NULL ? &secret : NULL, &why);
    mcv_seal_secret_wipe(&secret);
    if (err == MCV_OK)
        status = play(&a, &file);
    else
        fprintf(stderr, "mcvsim: %s\n", why.text);
    mcv_replay_file_close(&file);
    return status;
}
