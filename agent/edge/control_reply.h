/* What the daemon knows, as messages of the control socket. Private to agent/edge.
 *
 * Everything a reply points to lives in its arena. Texts of peers are made printable. */
#ifndef MCV_AGENT_EDGE_CONTROL_REPLY_H
#define MCV_AGENT_EDGE_CONTROL_REPLY_H

#include "agent/core/agent.h"
#include "agent/edge/daemon.h"
#include "agent/store/arena.h"
#include "proto/schema/control.pb-c.h"

#define MCV_CONTROL_VERSION 1

/* Each fills in one part of the reply. MCV_E_FULL: the arena is. */
MCV_MUST_USE mcv_err mcv_reply_status(Mcv__ControlReply *reply, struct mcv_arena *arena,
                                      const struct mcv_daemon *d);
MCV_MUST_USE mcv_err mcv_reply_stats(Mcv__ControlReply *reply, struct mcv_arena *arena,
                                     const struct mcv_daemon *d);
MCV_MUST_USE mcv_err mcv_reply_event(Mcv__ControlReply *reply, struct mcv_arena *arena,
                                     const struct mcv_event *event, int64_t utc_s);
MCV_MUST_USE mcv_err mcv_reply_import(Mcv__ControlReply *reply, struct mcv_arena *arena,
                                      const struct mcv_store_report *report);

/* Of a call that has it: transmission control. */
MCV_MUST_USE mcv_err mcv_reply_ptt(Mcv__ControlCall *call, struct mcv_arena *arena,
                                   const struct mcv_daemon *d, const struct mcv_call_info *info);

/* Copies in the arena: of a peer's text, made printable; of a word of ours. NULL: it is full. */
char *mcv_reply_text(struct mcv_arena *arena, struct mcv_bytes text);
char *mcv_reply_word(struct mcv_arena *arena, const char *word);

#endif
