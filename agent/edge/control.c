#include "agent/edge/control.h"

#include "agent/edge/control_reply.h"
#include "agent/edge/daemon.h"
#include "agent/edge/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_CLIENTS      32
#define MAX_REQUEST      8192u      /* octets of a request */
#define MAX_QUEUED_BYTES (1u << 20) /* a client that does not read is cut off above it */
#define ARENA_BYTES      (512u << 10)
#define LENGTH_BYTES     4u

struct client {
    uv_pipe_t pipe;
    struct mcv_control *control;
    uint32_t id;
    bool is_open, is_following;
    size_t n_in;
    uint8_t in[LENGTH_BYTES + MAX_REQUEST];
};

struct mcv_control {
    uv_pipe_t server;
    uv_loop_t *loop;
    struct mcv_daemon *daemon;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    bool is_closing;
    uint32_t next_id;
    unsigned n_clients;
    unsigned n_handles; /* to be closed before the object is freed */
    struct client *clients[MAX_CLIENTS];
};

/* ---- out ----------------------------------------------------------------------------------- */

struct sent {
    uv_write_t write;
    uint8_t bytes[];
};

static void on_handle_closed(uv_handle_t *handle)
{
    struct client *c = handle->data;
    struct mcv_control *control = c->control;

    free(c);
    if (--control->n_handles == 0 && control->is_closing) free(control);
}

static void drop_client(struct client *c)
{
    if (!c->is_open) return;
    c->is_open = false;
    c->control->n_clients--;
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        if (c->control->clients[i] == c) c->control->clients[i] = NULL;
    uv_close((uv_handle_t *)&c->pipe, on_handle_closed);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status; /* a broken connection shows when it is read */
    free(write->data);
}

static void send_reply(struct client *c, const Mcv__ControlReply *reply)
{
    const size_t n = mcv__control_reply__get_packed_size(reply);
    struct sent *s = malloc(sizeof *s + LENGTH_BYTES + n);

    if (s == NULL || n > MCV_CONTROL_MAX_BYTES ||
        uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) > MAX_QUEUED_BYTES) {
        free(s);
        drop_client(c);
        return;
    }
    mcv_store_be32(s->bytes, (uint32_t)n);
    mcv__control_reply__pack(reply, s->bytes + LENGTH_BYTES);
    const uv_buf_t buf = uv_buf_init((char *)s->bytes, (unsigned)(LENGTH_BYTES + n));
    s->write.data = s;
    if (uv_write(&s->write, (uv_stream_t *)&c->pipe, &buf, 1, on_written) == 0) return;
    free(s);
    drop_client(c);
}

static void init_reply(Mcv__ControlReply *reply)
{
    mcv__control_reply__init(reply);
    reply->version = MCV_CONTROL_VERSION;
}

static void set_error(Mcv__ControlReply *reply, mcv_err err, const char *text)
{
    static char name[32], words[sizeof(struct mcv_yaml_why)];

    snprintf(name, sizeof name, "%s", mcv_err_name(err));
    snprintf(words, sizeof words, "%s", text != NULL && *text != '\0' ? text : mcv_err_text(err));
    reply->error = name;
    reply->text = words;
}

/* ---- verbs --------------------------------------------------------------------------------- */

struct import_of {
    struct mcv_control *control;
    uint32_t client;
};

static struct client *find_client(const struct mcv_control *control, uint32_t id)
{
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        if (control->clients[i] != NULL && control->clients[i]->id == id)
            return control->clients[i];
    return NULL;
}

static void on_imported(void *ctx, mcv_err err, const struct mcv_store_report *report,
                        const struct mcv_why *why)
{
    const struct import_of *i = ctx;
    struct client *c = find_client(i->control, i->client);
    struct mcv_arena arena = {0};
    Mcv__ControlReply reply;

    init_reply(&reply);
    if (err == MCV_OK) err = mcv_arena_init(&arena, ARENA_BYTES, false);
    if (err == MCV_OK) err = mcv_reply_import(&reply, &arena, report);
    if (err != MCV_OK) set_error(&reply, err, why->text);
    if (c != NULL) send_reply(c, &reply);
    mcv_arena_wipe(&arena);
    free(ctx);
}

static mcv_err import(struct import_of *i, const Mcv__ControlRequest *r, struct mcv_why *why)
{
    struct mcv_seal_secret secret = {0};
    mcv_err err = mcv_seal_secret_load(
        &secret, r->secret_is_key ? MCV_SEAL_KEY_FILE : MCV_SEAL_PASSPHRASE, r->secret_path, why);

    if (err == MCV_OK)
        err = mcv_daemon_import(i->control->daemon, r->path, &secret, on_imported, i);
    mcv_seal_secret_wipe(&secret);
    return err;
}

/* Answers later, unless it fails at once. */
static mcv_err do_key_change(struct client *c, const Mcv__ControlRequest *r, struct mcv_why *why)
{
    struct import_of *i = malloc(sizeof *i);

    if (i == NULL) return MCV_E_FULL;
    *i = (struct import_of){.control = c->control, .client = c->id};
    const mcv_err err = r->verb == MCV__CONTROL_VERB__IMPORT
                            ? import(i, r, why)
                            : mcv_daemon_revoke(c->control->daemon, r->key_id, on_imported, i);
    if (err == MCV_E_BUSY)
        (void)mcv_why_set(why, err, "keys are being changed; try again when that is done");
    if (err != MCV_OK) free(i);
    return err;
}

static const struct {
    Mcv__ControlVerb verb;
    enum mcv_command_type command;
} agent_verbs[] = {
    {MCV__CONTROL_VERB__CALL, MCV_CMD_CALL},
    {MCV__CONTROL_VERB__ACCEPT, MCV_CMD_ACCEPT},
    {MCV__CONTROL_VERB__REJECT, MCV_CMD_REJECT},
    {MCV__CONTROL_VERB__RELEASE, MCV_CMD_RELEASE},
    {MCV__CONTROL_VERB__GROUP_START, MCV_CMD_GROUP_START},
    {MCV__CONTROL_VERB__GROUP_LEAVE, MCV_CMD_GROUP_LEAVE},
    {MCV__CONTROL_VERB__GROUP_EMERGENCY, MCV_CMD_GROUP_EMERGENCY},
    {MCV__CONTROL_VERB__GROUP_PERIL, MCV_CMD_GROUP_PERIL},
    {MCV__CONTROL_VERB__GROUP_NORMAL, MCV_CMD_GROUP_NORMAL},
    {MCV__CONTROL_VERB__BROADCAST_START, MCV_CMD_BROADCAST_START},
    {MCV__CONTROL_VERB__BROADCAST_END, MCV_CMD_BROADCAST_END},
    {MCV__CONTROL_VERB__ALERT_RAISE, MCV_CMD_ALERT_RAISE},
    {MCV__CONTROL_VERB__ALERT_CANCEL, MCV_CMD_ALERT_CANCEL},
    {MCV__CONTROL_VERB__LOCATION, MCV_CMD_LOCATION},
    {MCV__CONTROL_VERB__PUSH, MCV_CMD_PUSH},
    {MCV__CONTROL_VERB__PUSH_REQUEST, MCV_CMD_PUSH_REQUEST},
    {MCV__CONTROL_VERB__PUSH_REQUEST_GROUP, MCV_CMD_PUSH_REQUEST_GROUP},
    {MCV__CONTROL_VERB__PUSH_CANCEL, MCV_CMD_PUSH_CANCEL},
    {MCV__CONTROL_VERB__PTT_PRESS, MCV_CMD_PTT_PRESS},
    {MCV__CONTROL_VERB__PTT_RELEASE, MCV_CMD_PTT_RELEASE},
    {MCV__CONTROL_VERB__PTT_POSITION, MCV_CMD_PTT_POSITION},
    {MCV__CONTROL_VERB__PTT_SHOW, MCV_CMD_SHOW},
    {MCV__CONTROL_VERB__PTT_HIDE, MCV_CMD_HIDE},
    {MCV__CONTROL_VERB__ZEROIZE, MCV_CMD_ZEROIZE},
};

static bool is_of_ptt(Mcv__ControlVerb verb)
{
    return verb >= MCV__CONTROL_VERB__PTT_PRESS && verb <= MCV__CONTROL_VERB__PTT_HIDE;
}

/* Commands about transmission control need not name the call when there is one only. */
static mcv_err find_call(const struct mcv_daemon *d, uint32_t *call, const char **why)
{
    struct mcv_call_info info;
    size_t n = 0;

    for (size_t i = 0; mcv_agent_call_info(mcv_daemon_agent(d), i, &info); i++) {
        if (!info.has_ptt) continue;
        *call = info.call;
        n++;
    }
    if (n == 1) return MCV_OK;
    *why = n == 0 ? "there is no call with media" : "there are several calls; --call names one";
    return MCV_E_NOT_FOUND;
}

/* false: not a verb of the agent. */
static bool do_agent_verb(struct client *c, const Mcv__ControlRequest *r, Mcv__ControlReply *reply)
{
    const size_t n = sizeof agent_verbs / sizeof agent_verbs[0];
    const char *why = NULL;
    size_t i = 0;

    while (i < n && agent_verbs[i].verb != r->verb) i++;
    if (i == n) return false;
    struct mcv_command command = {.type = agent_verbs[i].command,
                                  .target = mcv_bytes_str(r->target),
                                  .location = mcv_pb_bytes(&r->location),
                                  .source = mcv_bytes_str(r->source),
                                  .video = mcv_bytes_str(r->video),
                                  .call = r->call,
                                  .is_manual = r->manual,
                                  .is_emergency = r->emergency,
                                  .is_video = r->with_video,
                                  .has_priority = r->has_priority,
                                  .priority = r->priority < UINT8_MAX ? (uint8_t)r->priority
                                                                      : UINT8_MAX};
    mcv_err err = MCV_OK;
    if (is_of_ptt(r->verb) && command.call == 0)
        err = find_call(c->control->daemon, &command.call, &why);
    if (err == MCV_OK) err = mcv_daemon_command(c->control->daemon, &command, &reply->call, &why);
    if (err != MCV_OK) set_error(reply, err, why);
    return true;
}

static mcv_err do_query(struct client *c, const Mcv__ControlRequest *r, Mcv__ControlReply *reply,
                        struct mcv_arena *arena)
{
    const struct mcv_daemon *d = c->control->daemon;
    static char sdp[4096];
    size_t n = 0;

    if (r->verb == MCV__CONTROL_VERB__STATUS) return mcv_reply_status(reply, arena, d);
    if (r->verb == MCV__CONTROL_VERB__STATS) return mcv_reply_stats(reply, arena, d);
    if (r->verb == MCV__CONTROL_VERB__EVENTS) {
        c->is_following = true;
        return MCV_OK;
    }
    if (r->verb != MCV__CONTROL_VERB__SDP) return MCV_E_UNSUPPORTED;
    const mcv_err err = mcv_daemon_local_sdp(d, r->call, sdp, sizeof sdp - 1, &n);
    sdp[n] = '\0';
    reply->sdp = sdp;
    return err;
}

static void do_reload(struct client *c, Mcv__ControlReply *reply)
{
    struct mcv_yaml_why why = {0};

    const mcv_err err = mcv_daemon_reload(c->control->daemon, &why);
    if (err != MCV_OK) set_error(reply, err, why.text);
}

/* Exactly one reply, now or when an import is done. */
static void do_request(struct client *c, const Mcv__ControlRequest *r)
{
    struct mcv_arena arena = {0};
    struct mcv_why why = {0};
    Mcv__ControlReply reply;
    mcv_err err = MCV_OK;

    init_reply(&reply);
    if (r->version != MCV_CONTROL_VERSION) {
        set_error(&reply, MCV_E_UNSUPPORTED, "the versions of mcvctl and mcvd do not fit");
    } else if (r->verb == MCV__CONTROL_VERB__IMPORT || r->verb == MCV__CONTROL_VERB__KEY_REVOKE) {
        err = do_key_change(c, r, &why);
        if (err == MCV_OK) return;
        set_error(&reply, err, why.text);
    } else if (r->verb == MCV__CONTROL_VERB__RELOAD) {
        do_reload(c, &reply);
    } else if (!do_agent_verb(c, r, &reply)) {
        err = mcv_arena_init(&arena, ARENA_BYTES, false);
        if (err == MCV_OK) err = do_query(c, r, &reply, &arena);
        if (err == MCV_E_NOT_FOUND) (void)mcv_why_set(&why, err, "there is no such call under way");
        if (err != MCV_OK) set_error(&reply, err, why.text);
    }
    send_reply(c, &reply);
    mcv_arena_wipe(&arena);
}

/* ---- in ------------------------------------------------------------------------------------ */

static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *buf)
{
    struct client *c = handle->data;

    (void)hint;
    *buf = uv_buf_init((char *)c->in + c->n_in, (unsigned)(sizeof c->in - c->n_in));
}

/* Takes one request from the front; false: it is not there yet, or the client is gone. */
static bool take_request(struct client *c)
{
    if (c->n_in < LENGTH_BYTES) return false;
    const size_t n = mcv_load_be32(c->in);
    if (n > MAX_REQUEST) {
        drop_client(c);
        return false;
    }
    if (c->n_in < LENGTH_BYTES + n) return false;
    Mcv__ControlRequest *r = mcv__control_request__unpack(NULL, n, c->in + LENGTH_BYTES);
    c->n_in -= LENGTH_BYTES + n;
    memmove(c->in, c->in + LENGTH_BYTES + n, c->n_in);
    if (r == NULL) {
        drop_client(c);
        return false;
    }
    do_request(c, r);
    mcv__control_request__free_unpacked(r, NULL);
    return c->is_open;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct client *c = stream->data;

    (void)buf;
    if (n < 0) {
        drop_client(c);
        return;
    }
    c->n_in += (size_t)n;
    while (take_request(c)) continue;
}

static bool is_allowed(const struct client *c)
{
    struct ucred peer;
    socklen_t n = sizeof peer;
    uv_os_fd_t fd;

    return uv_fileno((const uv_handle_t *)&c->pipe, &fd) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static bool add_client(struct client *c)
{
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        if (c->control->clients[i] != NULL) continue;
        c->control->clients[i] = c;
        return true;
    }
    return false;
}

static void on_connection(uv_stream_t *server, int status)
{
    struct mcv_control *control = server->data;
    struct client *c = status == 0 ? calloc(1, sizeof *c) : NULL;

    if (c == NULL) return;
    c->control = control;
    c->id = ++control->next_id;
    c->pipe.data = c;
    if (uv_pipe_init(control->loop, &c->pipe, 0) != 0) {
        free(c);
        return;
    }
    control->n_handles++;
    control->n_clients++;
    c->is_open = true;
    if (uv_accept(server, (uv_stream_t *)&c->pipe) != 0 || !is_allowed(c) || !add_client(c) ||
        uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read) != 0)
        drop_client(c);
}

/* ---- the socket ------------------------------------------------------------------------------ */

/* Is somebody listening there? A socket that nobody serves is left over from a crash. */
static bool is_served(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
    const bool is = fd >= 0 && connect(fd, (const struct sockaddr *)&sa, sizeof sa) == 0;
    if (fd >= 0) close(fd);
    return is;
}

static mcv_err listen_at(struct mcv_control *control, struct mcv_why *why)
{
    struct stat st;

    if (is_served(control->path))
        return mcv_why_set(why, MCV_E_BUSY, "is served by another mcvd; take another path");
    if (lstat(control->path, &st) == 0 && S_ISSOCK(st.st_mode)) unlink(control->path);
    const mode_t old = umask(0177); /* 0600 from its first moment on */
    int failed = uv_pipe_bind(&control->server, control->path);
    umask(old);
    if (failed == 0) failed = uv_listen((uv_stream_t *)&control->server, 8, on_connection);
    if (failed == 0) return MCV_OK;
    return mcv_why_set(why, MCV_E_CONFIG, "cannot be opened: %s", uv_strerror(failed));
}

static void on_server_closed(uv_handle_t *handle)
{
    struct mcv_control *control = handle->data;

    control->is_closing = true;
    if (--control->n_handles == 0) free(control);
}

mcv_err mcv_control_open(struct mcv_control **out, uv_loop_t *loop, const char *path,
                         struct mcv_daemon *daemon, struct mcv_why *why)
{
    struct mcv_control *control = calloc(1, sizeof *control);

    *out = NULL;
    if (control == NULL || uv_pipe_init(loop, &control->server, 0) != 0) {
        free(control);
        return mcv_why_set(why, MCV_E_FULL, "no memory");
    }
    control->server.data = control;
    control->loop = loop;
    control->daemon = daemon;
    control->n_handles = 1;
    const int n = snprintf(control->path, sizeof control->path, "%s", path);
    const mcv_err err = n < (int)sizeof control->path
                            ? listen_at(control, why)
                            : mcv_why_set(why, MCV_E_CONFIG, "is too long for a socket");
    if (err == MCV_OK)
        *out = control;
    else
        uv_close((uv_handle_t *)&control->server, on_server_closed);
    return err;
}

void mcv_control_close(struct mcv_control *control)
{
    if (control == NULL) return;
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        if (control->clients[i] != NULL) drop_client(control->clients[i]);
    uv_close((uv_handle_t *)&control->server, on_server_closed); /* libuv unlinks the path */
}

void mcv_control_event(struct mcv_control *control, const struct mcv_event *event, int64_t utc_s)
{
    struct mcv_arena arena;
    Mcv__ControlReply reply;

    if (control == NULL || control->n_clients == 0) return;
    init_reply(&reply);
    if (mcv_arena_init(&arena, 16u << 10, false) != MCV_OK) return;
    if (mcv_reply_event(&reply, &arena, event, utc_s) == MCV_OK)
        for (size_t i = 0; i < MAX_CLIENTS; i++)
            if (control->clients[i] != NULL && control->clients[i]->is_following)
                send_reply(control->clients[i], &reply);
    mcv_arena_wipe(&arena);
}

unsigned mcv_control_n_clients(const struct mcv_control *control)
{
    return control != NULL ? control->n_clients : 0;
}
