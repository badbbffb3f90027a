/* The users and groups of a scenario by name: counts are written out, names become numbers. */
#ifndef MCV_SIM_ROSTER_H
#define MCV_SIM_ROSTER_H

#include "sim/pool.h"

#include "crypto/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCV_NOBODY UINT32_MAX

struct mcv_scenario;
struct mcv_scenario_user;
struct mcv_scenario_group;

struct mcv_roster_user {
    const char *name;
    const struct mcv_scenario_user *entry; /* NULL: a peer of a group */
    uint32_t group;                        /* of such a peer */
};

struct mcv_roster_group {
    const char *name;
    const struct mcv_scenario_group *entry;
    uint32_t first_peer, n_peers; /* users of its own */
};

struct mcv_roster {
    struct mcv_pool pool;
    struct mcv_roster_user *users;
    uint32_t n_users;
    struct mcv_roster_group *groups;
    uint32_t n_groups;
};

/* peers  shared by the groups with peers of their own in the ratio of the file, rounded down; 0: as in
 * the file. MCV_E_IO: no memory. MCV_E_FULL: more than 2^24 users. MCV_E_CONFIG: fewer peers than
 * groups. MCV_E_NOT_FOUND: no group has peers. */
MCV_MUST_USE mcv_err mcv_roster_init(struct mcv_roster *roster, const struct mcv_scenario *scenario,
                                     uint32_t peers);
void mcv_roster_wipe(struct mcv_roster *roster);

/* MCV_NOBODY: no such name. */
uint32_t mcv_roster_user(const struct mcv_roster *roster, const char *name);
uint32_t mcv_roster_group(const struct mcv_roster *roster, const char *name);

/* Out: a user, and a group, with the name of an earlier one; MCV_NOBODY: none. MCV_E_IO: no memory. */
MCV_MUST_USE mcv_err mcv_roster_twins(const struct mcv_roster *roster, uint32_t *user,
                                      uint32_t *group);

/* A name, or its beginning and "*". */
bool mcv_roster_matches(const char *pattern, const char *name);

/* The first user from `from` on whom the pattern means; MCV_NOBODY: none. */
uint32_t mcv_roster_next(const struct mcv_roster *roster, const char *pattern, uint32_t from);
uint32_t mcv_roster_next_group(const struct mcv_roster *roster, const char *pattern, uint32_t from);

#endif
