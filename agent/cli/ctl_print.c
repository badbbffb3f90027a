#include "agent/cli/ctl_print.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOT_TOLD 255u /* a position. Spec: TS 24.581 9.2.3.5 */

static json_t *hex(uint32_t id)
{
    char text[9];

    snprintf(text, sizeof text, "%08" PRIx32, id);
    return json_string(text);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void set_reception(json_t *out, const Mcv__ControlStream *s)
{
    json_object_set_new(out, "received", json_integer((json_int_t)s->received));
    json_object_set_new(out, "lost", json_integer((json_int_t)s->lost));
    json_object_set_new(out, "jitter_us", json_integer((json_int_t)s->jitter_us));
    if (s->has_lip_sync)
        json_object_set_new(out, "lip_sync_us", json_integer((json_int_t)s->lip_sync_us));
}

static json_t *json_stream(const Mcv__ControlStream *s)
{
    json_t *out = json_pack("{s:i, s:s, s:s, s:o, s:o}", "call", (int)s->call, "user", s->user,
                            "medium", s->medium, "ssrc", hex(s->ssrc), "guk_id", hex(s->guk_id));

    set_reception(out, s);
    return out;
}

static json_t *json_place(uint32_t position)
{
    return position == NOT_TOLD ? json_null() : json_integer(position);
}

static json_t *json_ptt(const Mcv__ControlPtt *p)
{
    json_t *transmitters = json_array(), *queue = json_array();

    for (size_t i = 0; i < p->n_transmitters; i++) {
        const Mcv__ControlTransmitter *t = p->transmitters[i];
        json_array_append_new(transmitters,
                              json_pack("{s:s, s:b, s:b, s:s, s:s, s:i, s:o, s:o}", "user", t->user,
                                        "own", (int)t->own, "shown", (int)t->shown, "phase",
                                        t->phase, "class", t->call_class, "priority",
                                        (int)t->priority, "audio_ssrc", hex(t->audio_ssrc),
                                        "video_ssrc", hex(t->video_ssrc)));
    }
    for (size_t i = 0; i < p->n_queue; i++) {
        const Mcv__ControlQueued *q = p->queue[i];
        json_array_append_new(queue, json_pack("{s:s, s:i, s:s, s:i}", "user", q->user, "position",
                                               (int)q->position, "class", q->call_class, "priority",
                                               (int)q->priority));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:s, s:o, s:i, s:o, s:o}", "state",
                     p->state, "state_text", p->state_text, "approach", p->approach, "mode",
                     p->mode, "wanted", (int)p->wanted, "may_transmit", (int)p->may_transmit,
                     "arbitrating", (int)p->arbitrating, "arbitrator", p->arbitrator, "position",
                     json_place(p->position), "maximum_simultaneous", (int)p->maximum_simultaneous,
                     "transmitters", transmitters, "queue", queue);
}

static json_t *json_call(const Mcv__ControlCall *c)
{
    json_t *media = json_array(), *streams = json_array();

    for (size_t i = 0; i < c->n_media; i++) {
        const Mcv__ControlMedium *m = c->media[i];
        json_array_append_new(
            media, json_pack("{s:s, s:s, s:i, s:i, s:o, s:I, s:I}", "medium", m->medium, "format",
                             m->format, "local_in", (int)m->local_in, "local_out",
                             (int)m->local_out, "tx_ssrc", hex(m->tx_ssrc), "tx_packets",
                             (json_int_t)m->tx_packets, "rx_packets", (json_int_t)m->rx_packets));
    }
    for (size_t i = 0; i < c->n_streams; i++)
        json_array_append_new(streams, json_stream(c->streams[i]));
    json_t *out = json_pack(
        "{s:i, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:b, s:b, s:b, s:b, s:o, s:o, s:o}", "call",
        (int)c->call, "kind", c->kind, "call_type", c->call_type, "state", c->state, "state_text",
        c->state_text, "call_id", (int)c->call_id, "user", c->user, "group", c->group, "outgoing",
        (int)c->outgoing, "manual", (int)c->manual, "established", (int)c->established, "protected",
        (int)c->protected_, "key_id", hex(c->key_id), "media", media, "streams", streams);
    if (c->push) json_object_set_new(out, "push", json_true());
    if (c->ptt != NULL) json_object_set_new(out, "ptt", json_ptt(c->ptt));
    if (c->type_state[0] != '\0') {
        json_object_set_new(out, "type_state", json_string(c->type_state));
        json_object_set_new(out, "type_state_text", json_string(c->type_state_text));
    }
    return out;
}

static json_t *json_push(const Mcv__ControlPush *p)
{
    return json_pack("{s:i, s:i, s:s, s:s, s:i, s:b, s:b, s:s, s:s, s:s}", "push", (int)p->push,
                     "call", (int)p->call, "state", p->state, "state_text", p->state_text,
                     "call_id", (int)p->call_id, "source", (int)p->source, "asked", (int)p->asked,
                     "user", p->user, "recipient", p->recipient, "group", p->group);
}

static json_t *json_path(const Mcv__ControlPath *p)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:i}", "sends", p->sends, "receives", p->receives,
                     "burst_packets", (int)p->burst_packets, "burst_us", (int)p->burst_us,
                     "receive_bytes", (int)p->receive_bytes);
}

static json_t *json_multicast(const Mcv__ControlMulticast *m)
{
    json_t *out = json_pack("{s:s, s:b, s:b}", "state", m->state, "probe", (int)m->probe,
                            "hears_queries", (int)m->hears_queries);

    if (m->fault[0] == '\0') return out;
    json_object_set_new(out, "fault", json_string(m->fault));
    json_object_set_new(out, "text", json_string(m->text));
    json_object_set_new(out, "user", json_string(m->user));
    json_object_set_new(out, "for_s", json_integer((json_int_t)m->for_s));
    return out;
}

static json_t *json_keys(const Mcv__ControlKeys *k)
{
    json_t *groups = json_array();

    for (size_t i = 0; i < k->n_groups; i++) {
        const Mcv__ControlGroupKey *g = k->groups[i];
        const bool ends = g->has_key && g->valid_until_s != 0;
        json_array_append_new(
            groups, json_pack("{s:s, s:o, s:o, s:o, s:b}", "group", g->group, "key_id",
                              g->has_key ? hex(g->key_id) : json_null(), "valid_until_s",
                              ends ? json_integer((json_int_t)g->valid_until_s) : json_null(),
                              "left_s", ends ? json_integer((json_int_t)g->left_s) : json_null(),
                              "expiring", (int)g->expiring));
    }
    return json_pack("{s:s, s:i, s:i, s:i, s:I, s:o}", "home_kms", k->home_kms, "certificates",
                     (int)k->certificates, "key_sets", (int)k->key_sets, "group_keys",
                     (int)k->group_keys, "valid_until_s", (json_int_t)k->valid_until_s, "groups",
                     groups);
}

static json_t *json_status(const Mcv__ControlStatus *s)
{
    json_t *calls = json_array(), *groups = json_array(), *alerts = json_array();
    json_t *pushes = json_array();

    for (size_t i = 0; i < s->n_calls; i++) json_array_append_new(calls, json_call(s->calls[i]));
    for (size_t i = 0; i < s->n_groups; i++)
        json_array_append_new(groups, json_string(s->groups[i]));
    for (size_t i = 0; i < s->n_pushes; i++) json_array_append_new(pushes, json_push(s->pushes[i]));
    for (size_t i = 0; i < s->n_alerts; i++) {
        const Mcv__ControlAlert *a = s->alerts[i];
        json_array_append_new(alerts, json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "user", a->user,
                                                "group", a->group, "organization", a->organization,
                                                "location", a->location, "own", (int)a->own,
                                                "verified", (int)a->verified));
    }
    json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "version",
                            s->version, "user", s->user, "interface", s->interface, "network",
                            s->network, "started_s", (json_int_t)s->started_s, "keys",
                            json_keys(s->keys), "groups", groups, "calls", calls, "alerts", alerts,
                            "pushes", pushes);
    json_object_set_new(out, "path", json_path(s->path));
    json_object_set_new(out, "multicast", json_multicast(s->multicast));
    return out;
}

static json_t *json_setup(const Mcv__ControlEvent *e)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "total_us", (json_int_t)e->total_us, "build_us",
                     (json_int_t)e->build_us, "network_us", (json_int_t)e->network_us, "verify_us",
                     (json_int_t)e->verify_us, "decapsulate_us", (json_int_t)e->decapsulate_us);
}

/* Who, what and why always stand there; the rest where it says something. */
static json_t *json_event(const Mcv__ControlEvent *e)
{
    json_t *out = json_pack("{s:s, s:I, s:i, s:s, s:s, s:s}", "event", e->name, "utc_s",
                            (json_int_t)e->utc_s, "call", (int)e->call, "user", e->user, "group",
                            e->group, "reason", e->reason);

    json_object_set_new(out, "call_id", json_integer(e->call_id));
    json_object_set_new(out, "manual", json_boolean(e->manual));
    json_object_set_new(out, "outgoing", json_boolean(e->outgoing));
    json_object_set_new(out, "unverified", json_boolean(e->unverified));
    if (e->key_id != 0) json_object_set_new(out, "key_id", hex(e->key_id));
    if (e->left_s != 0) json_object_set_new(out, "left_s", json_integer((json_int_t)e->left_s));
    if (e->ssrc != 0) json_object_set_new(out, "ssrc", hex(e->ssrc));
    if (e->medium[0] != '\0') json_object_set_new(out, "medium", json_string(e->medium));
    if (e->call_type[0] != '\0') json_object_set_new(out, "call_type", json_string(e->call_type));
    if (e->push) json_object_set_new(out, "push", json_true());
    if (e->recipient[0] != '\0') json_object_set_new(out, "recipient", json_string(e->recipient));
    if (e->organization[0] != '\0')
        json_object_set_new(out, "organization", json_string(e->organization));
    if (e->location[0] != '\0') json_object_set_new(out, "location", json_string(e->location));
    if (e->total_us != 0) json_object_set_new(out, "setup", json_setup(e));
    if (e->stream != NULL) set_reception(out, e->stream);
    if (e->cause != 0) json_object_set_new(out, "cause", json_integer(e->cause));
    if (e->why[0] != '\0') json_object_set_new(out, "why", json_string(e->why));
    if (e->position != 0) json_object_set_new(out, "position", json_place(e->position));
    return out;
}

static json_t *json_counters(const Mcv__ControlReply *r)
{
    json_t *out = json_object(), *streams = json_array();

    for (size_t i = 0; i < r->n_counters; i++)
        json_object_set_new(out, r->counters[i]->name,
                            json_integer((json_int_t)r->counters[i]->value));
    for (size_t i = 0; i < r->n_streams; i++)
        json_array_append_new(streams, json_stream(r->streams[i]));
    json_object_set_new(out, "streams", streams);
    return out;
}

static json_t *json_import(const Mcv__ControlImport *i)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "certificates", (int)i->certificates,
                     "key_sets", (int)i->key_sets, "group_keys", (int)i->group_keys,
                     "group_keys_older", (int)i->group_keys_older, "group_keys_revoked",
                     (int)i->group_keys_revoked, "dropped", (int)i->dropped);
}

static json_t *json_reply(const Mcv__ControlReply *r)
{
    if (r->error[0] != '\0') return json_pack("{s:s, s:s}", "error", r->error, "text", r->text);
    if (r->event != NULL) return json_event(r->event);
    if (r->status != NULL) return json_status(r->status);
    if (r->n_counters > 0) return json_counters(r);
    if (r->import != NULL) return json_import(r->import);
    if (r->sdp[0] != '\0') return json_pack("{s:s}", "sdp", r->sdp);
    return json_pack("{s:i}", "call", (int)r->call);
}

/* ---- words --------------------------------------------------------------------------------- */

static const char *or_somebody(const char *user)
{
    return user[0] != '\0' ? user : "somebody";
}

static void say_reception(const Mcv__ControlStream *s)
{
    printf("received %" PRIu64 ", lost %" PRId64 ", jitter %.1f ms", s->received, s->lost,
           (double)s->jitter_us / 1000.0);
    if (s->has_lip_sync)
        printf(", video %.1f ms %s audio", (double)llabs(s->lip_sync_us) / 1000.0,
               s->lip_sync_us < 0 ? "before" : "behind");
}

static void say_stream(const Mcv__ControlStream *s)
{
    printf("%s from %s: ", s->medium, or_somebody(s->user));
    say_reception(s);
    putchar('\n');
}

static void say_place(uint32_t position)
{
    if (position == NOT_TOLD) printf(", place in the queue not told");
    if (position > 0 && position < NOT_TOLD) printf(", place %" PRIu32 " in the queue", position);
}

static void say_ptt(const Mcv__ControlPtt *p)
{
    printf("  ptt %s: %s", p->mode, p->state);
    say_place(p->position);
    if (p->arbitrator[0] != '\0') printf(", arbitrator %s", p->arbitrator);
    printf("; %zu of %" PRIu32 " transmit (%s)\n", p->n_transmitters, p->maximum_simultaneous,
           p->approach);
    for (size_t i = 0; i < p->n_transmitters; i++) {
        const Mcv__ControlTransmitter *t = p->transmitters[i];
        const bool is_heard = strcmp(t->phase, "active") == 0;
        const bool is_hidden = is_heard && !t->own && !t->shown;
        printf("  transmitter %s: %s, %s, priority %" PRIu32 "%s\n",
               t->own ? "ourselves" : or_somebody(t->user), t->phase, t->call_class, t->priority,
               is_hidden ? ", hidden" : "");
    }
    for (size_t i = 0; i < p->n_queue; i++) {
        const Mcv__ControlQueued *q = p->queue[i];
        printf("  queued %" PRIu32 ": %s, %s, priority %" PRIu32 "\n", q->position,
               or_somebody(q->user), q->call_class, q->priority);
    }
}

static void say_call(const Mcv__ControlCall *c)
{
    const bool is_group = c->group[0] != '\0';

    printf("call %" PRIu32 ": %s%s %s %s, %s (%s)%s%s%s\n", c->call, c->kind,
           c->push ? " video push" : "", is_group ? c->group : c->user, c->call_type, c->state,
           c->state_text, c->type_state[0] != '\0' ? ", " : "", c->type_state,
           c->protected_ ? "" : ", NOT PROTECTED");
    if (c->ptt != NULL) say_ptt(c->ptt);
    for (size_t i = 0; i < c->n_media; i++) {
        const Mcv__ControlMedium *m = c->media[i];
        printf("  %s %s: local in %" PRIu32 ", local out %" PRIu32 ", sent %" PRIu64
               ", received %" PRIu64 "\n",
               m->medium, m->format, m->local_in, m->local_out, m->tx_packets, m->rx_packets);
    }
    for (size_t i = 0; i < c->n_streams; i++) {
        fputs("  ", stdout);
        say_stream(c->streams[i]);
    }
}

/* Nothing while it is heard, or not used. */
static void say_multicast(const Mcv__ControlMulticast *m)
{
    if (m->fault[0] != '\0')
        printf("multicast: %s%s(for %" PRIu64 " s) %s\n", m->user, m->user[0] != '\0' ? " " : "",
               m->for_s, m->text);
    else if (strcmp(m->state, "unproven") == 0)
        printf("multicast: nothing of others heard yet; the probe at start %s\n",
               m->probe ? "proves the stack of this machine alone" : "FAILED on this machine");
}

/* "2 d 3 h", "3 h 20 min", "20 min", "40 s" */
static void say_duration(int64_t s)
{
    if (s >= 86400)
        printf("%" PRId64 " d %" PRId64 " h", s / 86400, s % 86400 / 3600);
    else if (s >= 3600)
        printf("%" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
    else if (s >= 60)
        printf("%" PRId64 " min", s / 60);
    else
        printf("%" PRId64 " s", s);
}

static void say_group(const char *group, const Mcv__ControlKeys *keys)
{
    printf("group %s", group);
    for (size_t i = 0; i < keys->n_groups; i++) {
        const Mcv__ControlGroupKey *g = keys->groups[i];
        if (strcmp(g->group, group) != 0) continue;
        if (!g->has_key) printf(": NO KEY");
        if (g->valid_until_s == 0) continue;
        printf(": has a key for ");
        say_duration(g->left_s);
        if (g->expiring) printf(", EXPIRES SOON");
    }
    putchar('\n');
}

static void say_status(const Mcv__ControlStatus *s)
{
    printf("%s on %s, mcvd %s\n", s->user, s->interface, s->version);
    if (strcmp(s->network, "up") != 0)
        printf("network: %s; sockets come back with the interface and its addresses\n", s->network);
    say_multicast(s->multicast);
    if (s->keys->key_sets == 0)
        puts("no keys: mcvctl import BUNDLE");
    else
        printf("keys of %s: %" PRIu32 " key sets, %" PRIu32 " group keys, %" PRIu32
               " certificates\n",
               s->keys->home_kms, s->keys->key_sets, s->keys->group_keys, s->keys->certificates);
    printf("media: sends by %s, up to %" PRIu32 " packets at once; receives by %s, %" PRIu32
           " kB buffers\n",
           s->path->sends, s->path->burst_packets, s->path->receives,
           s->path->receive_bytes / 1024);
    for (size_t i = 0; i < s->n_groups; i++) say_group(s->groups[i], s->keys);
    for (size_t i = 0; i < s->n_alerts; i++)
        printf("EMERGENCY of %s in %s%s\n", s->alerts[i]->user, s->alerts[i]->group,
               s->alerts[i]->verified ? "" : " (unverified)");
    for (size_t i = 0; i < s->n_pushes; i++) {
        const Mcv__ControlPush *p = s->pushes[i];
        printf("push %" PRIu32 ": %s %s to %s, %s (%s)\n", p->push,
               p->source ? "by us for" : "asked of", p->user,
               p->group[0] != '\0' ? p->group : p->recipient, p->state, p->state_text);
    }
    if (s->n_calls == 0) puts("no call");
    for (size_t i = 0; i < s->n_calls; i++) say_call(s->calls[i]);
}

static void say_event(const Mcv__ControlEvent *e)
{
    const time_t at = (time_t)e->utc_s;
    struct tm tm;
    char text[32];

    gmtime_r(&at, &tm);
    strftime(text, sizeof text, "%H:%M:%S", &tm);
    printf("%s %s", text, e->name);
    if (e->call != 0) printf(" call %" PRIu32, e->call);
    if (e->group[0] != '\0') printf(" %s", e->group);
    if (e->user[0] != '\0') printf(" %s", e->user);
    if (e->recipient[0] != '\0') printf(" to %s", e->recipient);
    if (e->push) printf(" video push");
    if (e->call_type[0] != '\0') printf(" %s", e->call_type);
    if (e->medium[0] != '\0') printf(" %s", e->medium);
    if (e->reason[0] != '\0') printf(" (%s)", e->reason);
    if (e->cause != 0) printf(" #%" PRIu32, e->cause);
    if (e->left_s != 0) {
        printf(" key %08" PRIx32 " for ", e->key_id);
        say_duration(e->left_s);
    }
    if (e->why[0] != '\0') printf(" (%s)", e->why);
    say_place(e->position);
    if (e->unverified) printf(" unverified");
    if (e->total_us != 0) printf(" in %.1f ms", (double)e->total_us / 1000.0);
    if (e->stream != NULL) {
        putchar(' ');
        say_reception(e->stream);
    }
    putchar('\n');
}

static void say_reply(const Mcv__ControlReply *r, Mcv__ControlVerb verb)
{
    if (r->event != NULL) {
        say_event(r->event);
    } else if (r->status != NULL) {
        say_status(r->status);
    } else if (r->n_counters > 0) {
        for (size_t i = 0; i < r->n_counters; i++)
            printf("%-22s %10" PRIu64 "  %s\n", r->counters[i]->name, r->counters[i]->value,
                   r->counters[i]->text);
        for (size_t i = 0; i < r->n_streams; i++) {
            printf("call %" PRIu32 ": ", r->streams[i]->call);
            say_stream(r->streams[i]);
        }
    } else if (r->import != NULL) {
        printf("%" PRIu32 " certificates, %" PRIu32 " key sets, %" PRIu32 " group keys (%" PRIu32
               " older, %" PRIu32 " revoked)\n",
               r->import->certificates, r->import->key_sets, r->import->group_keys,
               r->import->group_keys_older, r->import->group_keys_revoked);
    } else if (r->sdp[0] != '\0') {
        fputs(r->sdp, stdout);
    } else if (verb == MCV__CONTROL_VERB__ZEROIZE) {
        puts("all keys destroyed");
    } else if (r->call != 0) {
        printf("call %" PRIu32 "\n", r->call);
    }
}

void mcvctl_print(const Mcv__ControlReply *reply, Mcv__ControlVerb verb, bool is_json)
{
    if (is_json) {
        json_t *root = json_reply(reply);
        json_dumpf(root, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(root);
    } else if (reply->error[0] != '\0') {
        fprintf(stderr, "mcvctl: %s (%s)\n", reply->text, reply->error);
    } else {
        say_reply(reply, verb);
    }
    fflush(stdout);
}
