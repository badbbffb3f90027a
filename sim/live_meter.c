/* Ten times a second: which resource is used up? A thousand agents have thousands of sockets: they are
 * looked at twice a second. */
#include "sim/live_private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS_EVERY 5u /* looks */
#define LOOK_MS       100u
#define BUSY_PPM      950000u /* of the time the loop had work: it has no time left */
#define LATE_US       20000u  /* a packet of voice */
#define SLOW_JOB_US   100000u /* TFP1 x CFP1, what a caller waits, is 120 ms */

static uint64_t cpu_us(clockid_t clock)
{
    struct timespec t = {0};

    (void)clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

void mcv_live_used_up(struct mcv_live *live, enum mcv_live_resource resource)
{
    const uint64_t now_us = live->world != NULL ? mcv_world_now_us(live->world) : 0;

    if (resource == MCV_LIVE_SOCKETS) live->report.n_sockets_failed++;
    if (live->report.first_us[resource] == MCV_LIVE_NEVER) live->report.first_us[resource] = now_us;
}

/* How long this thread was ready to run while others had its core (proc(5), schedstat); 0: not known. */
static uint64_t waited_us(const struct mcv_live *live)
{
    char line[100] = "", *end;

    if (pread(live->schedstat_fd, line, sizeof line - 1, 0) <= 0) return 0;
    (void)strtoull(line, &end, 10); /* on the core */
    return strtoull(end, NULL, 10) / 1000;
}

/* Has it time left? A timer is late because others have the core, or although it was free. */
static void look_at_core(struct mcv_live *live, uint64_t now_us)
{
    const uint64_t waited = waited_us(live), wanted = cpu_us(CLOCK_THREAD_CPUTIME_ID) + waited;
    const uint64_t lasted_us = now_us - live->met_us;
    const uint64_t ppm = lasted_us > 0 ? (wanted - live->met_wanted_us) * 1000000u / lasted_us : 0;
    const bool is_taken = waited - live->met_waited_us >= live->latest_us / 2;

    live->met_wanted_us = wanted;
    live->met_waited_us = waited;
    if (live->latest_us > LATE_US)
        mcv_live_used_up(live, is_taken ? MCV_LIVE_CORE : MCV_LIVE_TIMERS);
    if (lasted_us < LOOK_MS * 500u) return; /* too short to say something */
    if (ppm > live->report.busiest_ppm) live->report.busiest_ppm = (uint32_t)ppm;
    if (ppm >= BUSY_PPM) mcv_live_used_up(live, MCV_LIVE_CORE);
}

static void look_at_sockets(struct mcv_live *live)
{
    struct mcv_live_report *r = &live->report;
    const uint64_t n_lost = r->n_queue_lost, n_failed = r->n_send_failed;

    live->sockets->failures(live->sockets_ctx, &r->n_queue_lost, &r->n_send_failed);
    if (r->n_queue_lost > n_lost) mcv_live_used_up(live, MCV_LIVE_QUEUE);
    if (r->n_send_failed > n_failed) mcv_live_used_up(live, MCV_LIVE_SEND);
}

static void look(struct mcv_live *live)
{
    const uint64_t now_us = mcv_live_now_us(live);

    look_at_core(live, now_us);
    if (live->n_looks++ % SOCKETS_EVERY == 0) look_at_sockets(live);
    if (live->slowest_job_us > SLOW_JOB_US) mcv_live_used_up(live, MCV_LIVE_THREADS);
    live->latest_us = live->slowest_job_us = 0;
    live->met_us = now_us;
}

static void on_look(uv_timer_t *timer)
{
    struct mcv_live *live = timer->data;

    look(live);
    if (live->report.is_interrupted) return;
    if (mcv_world_now_us(live->world) / live->note_every_us > live->n_notes) {
        live->n_notes = mcv_world_now_us(live->world) / live->note_every_us;
        if (!mcv_play_note(live->play)) mcv_live_end(live, MCV_WORLD_NO_MEMORY);
    }
}

void mcv_live_meter_start(struct mcv_live *live)
{
    live->met_us = 0;
    live->schedstat_fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    live->loop_cpu_us = cpu_us(CLOCK_THREAD_CPUTIME_ID);
    live->loop_wait_us = waited_us(live);
    live->met_wanted_us = live->loop_cpu_us + live->loop_wait_us;
    live->met_waited_us = live->loop_wait_us;
    live->all_cpu_us = cpu_us(CLOCK_PROCESS_CPUTIME_ID);
    live->note_every_us = live->stage.end_us / MCV_PLAY_SLICES + 1;
    (void)mcv_play_note(live->play);
    uv_timer_start(&live->meter, on_look, LOOK_MS, LOOK_MS);
}

void mcv_live_meter_stop(struct mcv_live *live)
{
    const struct mcv_world_totals *t = mcv_world_totals(live->world);
    struct mcv_live_report *r = &live->report;

    look(live);
    look_at_sockets(live);
    r->wall_us = mcv_live_now_us(live);
    r->loop_cpu_us = cpu_us(CLOCK_THREAD_CPUTIME_ID) - live->loop_cpu_us;
    r->loop_wait_us = waited_us(live) - live->loop_wait_us;
    r->cpu_us = cpu_us(CLOCK_PROCESS_CPUTIME_ID) - live->all_cpu_us;
    r->n_sent = t->n_sent;
    mcv_live_netns_count(live->netns, &r->n_air, &r->n_air_lost);
    r->n_delivered = t->n_delivered;
    if (!mcv_play_note(live->play)) mcv_live_end(live, MCV_WORLD_NO_MEMORY);
    mcv_play_finish(live->play);
    r->is_cut = mcv_world_now_us(live->world) < live->file->s.duration_us;
}
