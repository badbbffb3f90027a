/* What the agent wants done. */
#include "agent/edge/daemon_private.h"
#include "agent/edge/log.h"

#include <inttypes.h>

/* A failure is an input amid the polling: at its time, and when no packet lies in the rooms any more. */
static void do_sockets(struct mcv_daemon *d, const struct mcv_out_sockets *s, struct mcv_now now)
{
    struct mcv_why why = {0};

    mcv_err err = mcv_net_call(d->net, s, &why);
    if (err == MCV_OK) err = mcv_local_call(d->local, s, &why);
    if (err == MCV_OK) return;
    mcv_log_error("sockets of a call cannot be opened call=%" PRIu32 " reason=\"%s\"", s->call,
                  why.text);
    mcv_net_call_close(d->net, s->call);
    mcv_local_call_close(d->local, s->slot);
    mcv_udp_flush(d->batch);
    mcv_recorder_sockets_failed(d->recorder, now, s->call);
    mcv_agent_sockets_failed(d->agent, now, s->call);
}

/* Durable writes belong to the thread of the store: they wait until polling is over. */
static void do_job(struct mcv_daemon *d, struct mcv_job *job)
{
    if (job->kind != MCV_JOB_CLAIM_SSRC && job->kind != MCV_JOB_SAVE_ACCEPTED) {
        mcv_jobs_run(d->jobs, job);
        return;
    }
    MCV_ASSERT(d->n_writes < MCV_DAEMON_MAX_WRITES);
    d->writes[d->n_writes++] = job;
}

static void do_event(struct mcv_daemon *d, const struct mcv_event *e)
{
    if (e->type == MCV_EVENT_KEY_EXPIRING)
        mcv_log_warning("a group has no key any more soon group=%s key=%08" PRIx32
                        " left_s=%" PRId64,
                        mcv_log_text(e->group), e->key_id, e->left_s);
    mcv_log_info("%s call=%" PRIu32 " user=%s group=%s reason=%s why=\"%s\"",
                 mcv_event_name(e->type), e->call, mcv_log_text(e->user), mcv_log_text(e->group),
                 mcv_end_name(e->reason), e->why != NULL ? e->why : "");
    mcv_control_event(d->control, e, mcv_daemon_now(d).utc_s);
}

static void do_trace(const struct mcv_trace *t)
{
    const enum mcv_machine m = (enum mcv_machine)t->machine;

    mcv_log_debug("call=%" PRIu32 " state=%s to=%s event=%u", t->call, mcv_state_name(m, t->from),
                  mcv_state_name(m, t->to), t->event);
}

static void do_output(struct mcv_daemon *d, const struct mcv_out *out, struct mcv_now now)
{
    switch (out->kind) {
    case MCV_OUT_PACKET:
        (void)mcv_net_send(d->net, &out->u.packet);
        break;
    case MCV_OUT_LOCAL:
        mcv_local_send(d->local, &out->u.local);
        break;
    case MCV_OUT_SOCKETS:
        do_sockets(d, &out->u.sockets, now);
        break;
    case MCV_OUT_JOB:
        do_job(d, out->u.job);
        break;
    case MCV_OUT_EVENT:
        do_event(d, &out->u.event);
        break;
    case MCV_OUT_TRACE:
        do_trace(&out->u.trace);
        break;
    }
}

static mcv_err write_job(struct mcv_daemon *d, const struct mcv_job *job)
{
    if (job->kind == MCV_JOB_SAVE_ACCEPTED) return mcv_store_accepted_save(d->store, job->t_utc_s);
    return mcv_store_ssrc_claim(d->store, job->gmk_id, job->guk_id, job->ssrc);
}

static bool next_output(struct mcv_daemon *d, struct mcv_out *out, struct mcv_now now)
{
    mcv_recorder_poll(d->recorder, now);
    const bool is_there = mcv_agent_poll(d->agent, out, now);
    mcv_recorder_polled(d->recorder, d->agent, is_there ? out : NULL);
    return is_there;
}

/* All at one time: the rooms of packets that wait to be sent are not used again meanwhile. */
static void poll_all(struct mcv_daemon *d)
{
    const struct mcv_now now = mcv_daemon_now(d);
    struct mcv_out out;

    while (next_output(d, &out, now)) {
        do_output(d, &out, now);
        if (!mcv_agent_has_output(d->agent)) mcv_udp_flush(d->batch); /* timers come after media */
    }
}

static void on_wake(uv_timer_t *timer)
{
    struct mcv_daemon *d = timer->data;

    d->armed_at_us = 0;
    mcv_daemon_pump(d);
}

/* libuv counts in milliseconds: rounded up, so that the deadline has come. */
static void arm(struct mcv_daemon *d)
{
    const uint64_t at_us = mcv_agent_wake_at(d->agent);

    if (at_us == d->armed_at_us) return;
    d->armed_at_us = at_us;
    const uint64_t now_us = mcv_daemon_now(d).mono_us;

    if (at_us == MCV_NEVER) {
        uv_timer_stop(&d->wake);
        return;
    }
    uv_update_time(&d->loop);
    uv_timer_start(&d->wake, on_wake, at_us > now_us ? (at_us - now_us + 999) / 1000 : 0, 0);
}

void mcv_daemon_give_job(struct mcv_daemon *d, struct mcv_job *job)
{
    const struct mcv_now now = mcv_daemon_now(d);

    mcv_recorder_job(d->recorder, now, job);
    mcv_agent_job_done(d->agent, now, job);
}

mcv_err mcv_daemon_give_command(struct mcv_daemon *d, const struct mcv_command *command,
                                uint32_t *call, const char **why)
{
    const struct mcv_now now = mcv_daemon_now(d);

    mcv_recorder_command(d->recorder, now, command);
    return mcv_agent_command(d->agent, now, command, call, why);
}

void mcv_daemon_pump(struct mcv_daemon *d)
{
    d->is_fed = false;
    poll_all(d);
    while (d->n_writes > 0) {
        struct mcv_job *job = d->writes[0];
        d->n_writes--;
        for (size_t i = 0; i < d->n_writes; i++) d->writes[i] = d->writes[i + 1];
        job->err = write_job(d, job);
        mcv_daemon_give_job(d, job);
        poll_all(d);
    }
    arm(d);
    mcv_daemon_check_stop(d);
}
