/* The inside of a play. Private to sim/play*.c. */
#ifndef MCV_SIM_PLAY_PRIVATE_H
#define MCV_SIM_PLAY_PRIVATE_H

#include "sim/play.h"
#include "sim/pool.h"
#include "sim/prng.h"
#include "sim/radio.h"

/* Streams of the generator. */
enum mcv_play_stream {
    MCV_PLAY_STREAM_ACTIONS = 16,
    MCV_PLAY_STREAM_PRIVATE,
    MCV_PLAY_STREAM_GROUP,
    MCV_PLAY_STREAM_CHURN,
    MCV_PLAY_STREAM_EMERGENCY,
    MCV_PLAY_STREAM_MEDIA,
};

/* What is measured of one user. */
struct mcv_player {
    uint64_t asked_us;         /* a private call, not yet established; 0: none */
    uint64_t group_asked_us;   /* a group call; 0: none */
    uint64_t entered_us;       /* turned to a group call in which somebody spoke; 0: no */
    uint64_t entered_until_us; /* so long he speaks */
    uint64_t hold_us;          /* releases the call that he asked for so long after it began */
    uint32_t call;             /* last private call, or what he is asked */
    bool is_manual, is_in_call;
    bool is_sending[MCV_N_MEDIA];
};

/* Packets that somebody's application gives to his agent. */
struct mcv_source {
    struct mcv_source *next; /* in the free list */
    struct mcv_play *p;
    struct mcv_prng prng;
    uint32_t agent, group; /* group MCV_NOBODY: a private call */
    enum mcv_medium medium;
    uint16_t slot, seq;
    uint32_t ts, number;
    uint64_t until_us;
};

/* A group in which people talk now and then. */
struct mcv_talk {
    struct mcv_play *p;
    struct mcv_prng prng;
    uint32_t group;
    uint64_t session_began_us, session_end_us, talked_us;
    uint64_t burst_end_us; /* somebody speaks until then */
};

struct mcv_planned {
    struct mcv_play *p;
    const struct mcv_scenario_action *action;
    uint32_t user;
};

struct mcv_play {
    const struct mcv_scenario_file *file;
    struct mcv_play_options options;
    struct mcv_cast *cast;
    struct mcv_world *world;
    struct mcv_radio *radio; /* NULL: no area */
    struct mcv_kpis kpis;
    struct mcv_story story;
    struct mcv_pool pool;
    struct mcv_player *players; /* one per user */
    struct mcv_talk *talks;     /* one per group */
    struct mcv_source *free_sources;
    struct mcv_fault *faults;
    uint32_t **counts; /* by expectation: events of each user; NULL: another kind */
    uint64_t end_us;
    bool is_out_of_memory;
};

void mcv_play_stream(const struct mcv_play *p, struct mcv_prng *g, enum mcv_play_stream stream,
                     uint64_t i);

/* For the story, when it is kept. */
void mcv_play_beat(struct mcv_play *p, uint32_t user, enum mcv_beat_what what, uint32_t other);

/* mcv_world_at; a failure ends the run. */
void mcv_play_at(struct mcv_play *p, uint64_t at_us, void (*act)(struct mcv_world *, void *),
                 void *ctx);

/* Commands of users; refusals are counted. */
void mcv_play_call(struct mcv_play *p, uint32_t user, uint32_t to, bool is_manual,
                   uint64_t hold_us);
void mcv_play_command(struct mcv_play *p, uint32_t user, enum mcv_command_type type, uint32_t call,
                      struct mcv_bytes target);
void mcv_play_enter_group(struct mcv_play *p, uint32_t user, uint32_t group);
void mcv_play_power(struct mcv_play *p, uint32_t user, bool is_on);

/* The group that the pattern means of those that the user is in; NULL: any. MCV_NOBODY: none. */
uint32_t mcv_play_group_of(const struct mcv_play *p, uint32_t user, const char *pattern);

/* play_script.c */
MCV_MUST_USE mcv_err mcv_play_plan_script(struct mcv_play *p);

/* play_load.c: before the cast starts, and after */
MCV_MUST_USE mcv_err mcv_play_prepare_load(struct mcv_play *p);
MCV_MUST_USE mcv_err mcv_play_plan_load(struct mcv_play *p);
bool mcv_play_is_talking(const struct mcv_play *p, uint32_t group);

/* play_media.c */
void mcv_play_send(struct mcv_play *p, uint32_t user, uint32_t group, enum mcv_medium medium,
                   uint64_t for_us);
void mcv_play_hear(struct mcv_play *p, uint32_t user, const struct mcv_out_local *local);

/* play_events.c */
void mcv_play_event(struct mcv_play *p, uint32_t user, const struct mcv_event *event);

/* play_verdict.c */
MCV_MUST_USE mcv_err mcv_play_plan_verdicts(struct mcv_play *p);
void mcv_play_count_event(struct mcv_play *p, uint32_t user, const struct mcv_event *event);

#endif
