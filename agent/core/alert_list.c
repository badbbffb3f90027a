#include "agent/core/alert_list.h"

#include "agent/core/agent_private.h"

#define US_PER_S   UINT64_C(1000000)
#define MAX_ACK_US 100000u

/* Entries that are not verified: in the list per source, and new ones per second. */
enum { SOURCE_SHARE = 4, STRANGER_BURST = 16, STRANGER_EVERY_US = 500000 };

static struct mcv_bytes user_of(const struct mcv_alert_entry *e)
{
    return mcv_bytes_of(e->user, e->n_user);
}

static void clear(struct mcv_alert_entry *e)
{
    *e = (struct mcv_alert_entry){.until_us = MCV_NEVER, .ack.at_us = MCV_NEVER};
}

void mcv_alert_list_clear(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_alerts; i++) clear(&a->alerts.entries[i]);
}

static struct mcv_alert_entry *find(struct mcv_agent *a, struct mcv_bytes user)
{
    for (size_t i = 0; i < a->limits.n_alerts; i++) {
        struct mcv_alert_entry *e = &a->alerts.entries[i];
        if (e->config && !e->is_gone && mcv_bytes_equal(user_of(e), user)) return e;
    }
    return NULL;
}

void mcv_alert_ack_later(struct mcv_agent *a, struct mcv_alert_ack *ack, uint8_t type)
{
    uint32_t delay_us = 0;

    if (mcv_rng_below(&a->rng, &delay_us, MAX_ACK_US + 1)) delay_us = 0;
    ack->type = type;
    ack->at_us = a->now.mono_us + delay_us;
}

static void tell(struct mcv_agent *a, const struct mcv_alert_entry *e, enum mcv_event_type type,
                 enum mcv_end end, bool is_unverified)
{
    mcv_out_event(a, &(struct mcv_event){
                         .type = type,
                         .user = user_of(e),
                         .group = e->config->group,
                         .organization = mcv_bytes_of(e->organization, e->n_organization),
                         .location = mcv_bytes_of(e->location, e->n_location),
                         .is_unverified = is_unverified,
                         .reason = end,
                     });
}

/* ---- places --------------------------------------------------------------------------------- */

/* Better to give up: free, then not verified, then the one that ends first. */
static bool is_easier(const struct mcv_alert_entry *e, const struct mcv_alert_entry *than)
{
    if (!than) return true;
    if (!e->config != !than->config) return !e->config;
    if (e->is_verified != than->is_verified) return than->is_verified;
    return e->until_us < than->until_us;
}

/* A verified entry may take the place of one that is not. */
static struct mcv_alert_entry *place_for_known(struct mcv_agent *a)
{
    struct mcv_alert_entry *best = NULL;

    for (size_t i = 0; i < a->limits.n_alerts; i++) {
        struct mcv_alert_entry *e = &a->alerts.entries[i];
        if (is_easier(e, best)) best = e;
    }
    return best && best->config && best->is_verified ? NULL : best;
}

/* A stranger gets a free place; above his share, the first of his own that ends. */
static struct mcv_alert_entry *place_for_stranger(struct mcv_agent *a, const struct mcv_addr *from)
{
    struct mcv_alert_entry *vacant = NULL, *own = NULL;
    size_t n_own = 0;

    for (size_t i = 0; i < a->limits.n_alerts; i++) {
        struct mcv_alert_entry *e = &a->alerts.entries[i];
        if (!e->config) {
            vacant = e;
        } else if (!e->is_verified && mcv_addr_same_host(&e->source, from)) {
            n_own++;
            if (is_easier(e, own)) own = e;
        }
    }
    return n_own < SOURCE_SHARE ? vacant : own;
}

/* ---- received ------------------------------------------------------------------------------- */

static void store_text(uint8_t *out, uint8_t *n, struct mcv_bytes text)
{
    *n = 0;
    if (text.n == 0 || text.n > MCV_MAX_ALERT_TEXT_BYTES) return;
    memcpy(out, text.p, text.n);
    *n = (uint8_t)text.n;
}

static void update(struct mcv_agent *a, struct mcv_alert_entry *e, const struct mcv_monp *m)
{
    if (m->location.n > 0) store_text(e->location, &e->n_location, m->location);
    e->until_us = a->now.mono_us + a->config->timers.tfe1_s * US_PER_S;
}

static mcv_err add(struct mcv_agent *a, const struct mcv_group_config *config,
                   const struct mcv_datagram *d, const struct mcv_monp *m, bool is_verified)
{
    struct mcv_alert_entry *e;

    if (!is_verified &&
        !mcv_pace_take(&a->alerts.strangers, a->now.mono_us, STRANGER_EVERY_US, STRANGER_BURST)) {
        return mcv_drop(a, MCV_N_MONP_PACED, MCV_E_POLICY);
    }
    e = is_verified ? place_for_known(a) : place_for_stranger(a, &d->from);
    if (!e) return mcv_drop(a, MCV_N_ALERT_FULL, MCV_E_FULL);
    clear(e);
    e->config = config;
    e->is_verified = is_verified;
    e->source = d->from;
    e->n_user = (uint8_t)m->originator.n;
    memcpy(e->user, m->originator.p, m->originator.n);
    store_text(e->organization, &e->n_organization, m->organization);
    update(a, e, m);
    mcv_alert_ack_later(a, &e->ack, MCV_MONP_GROUP_EMERGENCY_ALERT_ACK);
    tell(a, e, MCV_EVENT_ALERT_RECEIVED, MCV_END_NONE, !is_verified);
    return MCV_OK;
}

mcv_err mcv_alert_list_heard(struct mcv_agent *a, const struct mcv_group_config *config,
                             const struct mcv_datagram *d, const struct mcv_monp *m)
{
    struct mcv_addr addr;
    const bool is_verified = mcv_peers_find(&addr, &a->peers, a->config, m->originator) &&
                             mcv_addr_same_host(&addr, &d->from);
    struct mcv_alert_entry *e = find(a, m->originator);

    if (!e) return add(a, config, d, m, is_verified);
    if (e->is_verified && !is_verified) {
        return mcv_drop(a, MCV_N_MONP_WRONG_SOURCE, MCV_E_POLICY);
    }
    e->is_verified = is_verified;
    e->source = d->from;
    e->config = config;
    update(a, e, m);
    return MCV_OK;
}

mcv_err mcv_alert_list_cancelled(struct mcv_agent *a, const struct mcv_group_config *config,
                                 const struct mcv_monp *m, bool is_unverified)
{
    struct mcv_alert_entry *e = find(a, m->originator);

    if (!e || e->config != config) return mcv_drop(a, MCV_N_MONP_IGNORED, MCV_E_POLICY);
    tell(a, e, MCV_EVENT_ALERT_ENDED, MCV_END_REMOTE_RELEASE, is_unverified);
    e->is_gone = true;
    e->is_verified = false;
    e->until_us = MCV_NEVER;
    mcv_alert_ack_later(a, &e->ack, MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL_ACK);
    return MCV_OK;
}

bool mcv_alert_list_cancel(struct mcv_agent *a, struct mcv_bytes user)
{
    struct mcv_alert_entry *e = find(a, user);

    if (!e) return false;
    mcv_alert_send(a, e->config, MCV_MONP_GROUP_EMERGENCY_ALERT_CANCEL, user_of(e));
    tell(a, e, MCV_EVENT_ALERT_ENDED, MCV_END_LOCAL_RELEASE, false);
    clear(e);
    return true;
}

void mcv_alert_list_move(struct mcv_agent *a, struct mcv_alert_entry *e,
                         const struct mcv_group_config *config)
{
    if (config) {
        e->config = config;
        return;
    }
    if (!e->is_gone) tell(a, e, MCV_EVENT_ALERT_ENDED, MCV_END_REMOVED, false);
    clear(e);
}

/* ---- timers --------------------------------------------------------------------------------- */

static void run_entry(struct mcv_agent *a, struct mcv_alert_entry *e)
{
    if (e->ack.at_us <= a->now.mono_us) {
        mcv_alert_send(a, e->config, e->ack.type, user_of(e));
        e->ack.at_us = MCV_NEVER;
        if (e->is_gone) clear(e);
    }
    if (e->until_us > a->now.mono_us) return;
    tell(a, e, MCV_EVENT_ALERT_ENDED, MCV_END_EXPIRED, false);
    clear(e);
}

void mcv_alert_list_run(struct mcv_agent *a)
{
    for (size_t i = 0; i < a->limits.n_alerts; i++) {
        if (a->alerts.entries[i].config) run_entry(a, &a->alerts.entries[i]);
    }
}

/* i-th entry of somebody in emergency. */
static const struct mcv_alert_entry *nth(const struct mcv_agent *a, size_t i)
{
    for (size_t k = 0; k < a->limits.n_alerts; k++) {
        const struct mcv_alert_entry *e = &a->alerts.entries[k];
        if (e->config && !e->is_gone && i-- == 0) return e;
    }
    return NULL;
}

bool mcv_alert_list_info(const struct mcv_agent *a, size_t i, struct mcv_alert_info *out)
{
    const struct mcv_alert_entry *e = nth(a, i);

    if (!e) return false;
    *out = (struct mcv_alert_info){
        .is_verified = e->is_verified,
        .user = user_of(e),
        .group = e->config->group,
        .organization = mcv_bytes_of(e->organization, e->n_organization),
        .location = mcv_bytes_of(e->location, e->n_location),
    };
    return true;
}

uint64_t mcv_alert_list_wake_at(const struct mcv_agent *a)
{
    uint64_t at_us = MCV_NEVER;

    for (size_t i = 0; i < a->limits.n_alerts; i++) {
        const struct mcv_alert_entry *e = &a->alerts.entries[i];
        if (!e->config) continue;
        if (e->ack.at_us < at_us) at_us = e->ack.at_us;
        if (e->until_us < at_us) at_us = e->until_us;
    }
    return at_us;
}
