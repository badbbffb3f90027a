/* Who takes part in a world: KMS domains, users and groups, with keys, addresses and configurations.
 *
 * First the cast is put together; then mcv_cast_start makes the world, in which the agent of a user
 * has the number of the user. Users have the addresses 10.0.0.1, 10.0.0.2, ...; groups have
 * 239.192.0.0, 239.192.0.1, ... Functions that return mcv_err: MCV_E_IO is "no memory". */
#ifndef MCV_SIM_CAST_H
#define MCV_SIM_CAST_H

#include "sim/keys.h"
#include "sim/world.h"

struct mcv_cast;

/* seed and utc_s are those of params. periods_around: see mcv_sim_keys_open. */
MCV_MUST_USE mcv_err mcv_cast_open(struct mcv_cast **out, const struct mcv_world_params *params,
                                   unsigned periods_around);
void mcv_cast_close(struct mcv_cast *cast);

/* Addresses of the first user and the first group in place of 10.0.0.1 and 239.192.0.0; before
 * anybody is added. IPv4, host byte order. */
void mcv_cast_set_addresses(struct mcv_cast *cast, uint32_t first_user, uint32_t first_group);

MCV_MUST_USE mcv_err mcv_cast_add_kms(struct mcv_cast *cast, size_t *kms, const char *uri);
MCV_MUST_USE mcv_err mcv_cast_trust(struct mcv_cast *cast, size_t kms, size_t other);
MCV_MUST_USE mcv_err mcv_cast_add_user(struct mcv_cast *cast, uint32_t *user, const char *uri,
                                       size_t kms, enum mcv_sim_identity identity);

/* A group with one key without bounds. */
MCV_MUST_USE mcv_err mcv_cast_add_group(struct mcv_cast *cast, size_t *group, const char *uri);

/* He is configured for the group; with its keys, or without them (an eavesdropper). */
MCV_MUST_USE mcv_err mcv_cast_add_member(struct mcv_cast *cast, size_t group, uint32_t user,
                                         bool has_keys);

/* `user` has the address and the KMS of `other` in his configuration. */
MCV_MUST_USE mcv_err mcv_cast_add_contact(struct mcv_cast *cast, uint32_t user, uint32_t other);

/* May be changed until start: everything but identities, addresses, groups and peers. */
struct mcv_agent_config *mcv_cast_config(struct mcv_cast *cast, uint32_t user);
struct mcv_group_config *mcv_cast_group_config(struct mcv_cast *cast, size_t group);
struct mcv_world_node *mcv_cast_node(struct mcv_cast *cast, uint32_t user);

/* After this nothing is added but keys. why: out, may be NULL; what a configuration lacks. */
MCV_MUST_USE mcv_err mcv_cast_start(struct mcv_cast *cast, const char **why);

/* NULL before start. */
struct mcv_world *mcv_cast_world(const struct mcv_cast *cast);
struct mcv_sim_keys *mcv_cast_keys(const struct mcv_cast *cast);

size_t mcv_cast_n_users(const struct mcv_cast *cast);
size_t mcv_cast_n_groups(const struct mcv_cast *cast);
struct mcv_bytes mcv_cast_user_uri(const struct mcv_cast *cast, uint32_t user);
struct mcv_bytes mcv_cast_group_uri(const struct mcv_cast *cast, size_t group);

/* Whose address it is, with any port; UINT32_MAX: of none. */
uint32_t mcv_cast_user_at(const struct mcv_cast *cast, const struct mcv_addr *addr);
uint32_t mcv_cast_group_at(const struct mcv_cast *cast, const struct mcv_addr *addr);

/* Members in the order in which they were added. */
const uint32_t *mcv_cast_members(const struct mcv_cast *cast, size_t group, size_t *n);

/* The groups that the user is configured for, in the order in which they were added. */
const uint32_t *mcv_cast_groups(const struct mcv_cast *cast, uint32_t user, size_t *n);

/* Gives the user a fresh view of his keys. */
MCV_MUST_USE mcv_err mcv_cast_renew_keys(struct mcv_cast *cast, uint32_t user);

/* A further key of the group, active from then on, for all members with keys. */
MCV_MUST_USE mcv_err mcv_cast_roll(struct mcv_cast *cast, size_t group, int64_t activation_s);

/* The oldest key of the group that is not revoked is revoked. MCV_E_NOT_FOUND: there is none. */
MCV_MUST_USE mcv_err mcv_cast_revoke(struct mcv_cast *cast, size_t group);

/* Memory of configurations and keys. */
size_t mcv_cast_bytes(const struct mcv_cast *cast);

#endif
