#include "tests/support/party.h"

#include "crypto/uid.h"
#include "proto/monp.h"
#include "tests/support/cmocka.h"

#include <stdio.h>

static const struct mcv_gmk gmk = {.b = "sixteen octets!"};
static const uint8_t rand_of_gmk[MCV_RAND_MIN_BYTES] = "and sixteen more";

static struct mcv_addr ipv4(uint8_t a, uint8_t d)
{
    return (struct mcv_addr){.family = MCV_IPV4, .b = {a, 1, 1, d}, .port = MCV_MONP_PORT};
}

static const struct mcv_bytes *group_ids(void)
{
    static struct mcv_bytes ids[1];

    ids[0] = mcv_bytes_str(PARTY_GROUP);
    return ids;
}

static void make_member(struct party *p, uint32_t i)
{
    struct party_member *m = &p->members[i];
    uint32_t salt;

    snprintf(m->uri, sizeof m->uri, "sip:user%02u@mc.example", (unsigned)i);
    assert_int_equal(mcv_user_salt(&salt, &gmk, mcv_bytes_str(m->uri)), MCV_OK);
    m->group = (struct mcv_group_config){
        .group = mcv_bytes_str(PARTY_GROUP),
        .addr = ipv4(239, 1),
        .media_port = (uint16_t)(40000 + 16 * i),
        .protect_media = true,
        .protect_control = true,
        .wants_confirm = true,
        .max_duration_s = 3600,
        .emergency_cancel_s = 600,
        .peril_cancel_s = 600,
        .may_emergency = true,
        .may_peril = true,
        .may_cancel = true,
        .may_broadcast = true,
        .signalling = {.basic = 3, .imminent_peril = 2, .emergency = 1},
        .media = {.basic = 4, .imminent_peril = 2, .emergency = 1},
    };
    m->gmk = (struct mcv_keyring_gmk){
        .gmk_id = 0x01234567,
        .guk_id = mcv_guk_id_of(0x01234567, salt),
        .gmk = &gmk,
        .rand = mcv_bytes_of(rand_of_gmk, sizeof rand_of_gmk),
        .group_ids = group_ids(),
        .n_groups = 1,
    };
    m->keys = (struct mcv_keyring){.gmks = &m->gmk, .n_gmks = 1};
    m->config = mcv_agent_config_default();
    m->config.user = mcv_bytes_str(m->uri);
    m->config.organization = mcv_bytes_str("Fire");
    m->config.own[0] = ipv4(10, (uint8_t)(i + 1));
    m->config.n_own = 1;
    m->config.admission.n_at_once = 1;
    m->config.groups = &m->group;
    m->config.n_groups = 1;
    m->config.peers = m->peers;
    m->node = (struct mcv_world_node){.config = &m->config, .keys = &m->keys};
}

void party_defaults(struct party *p, size_t n)
{
    MCV_ASSERT(n <= PARTY_MAX);
    *p = (struct party){.params = mcv_world_params_default(), .n = n};
    for (uint32_t i = 0; i < n; i++) make_member(p, i);
    for (uint32_t i = 0; i < n; i++) {
        struct party_member *m = &p->members[i];
        for (uint32_t k = 0; k < n; k++) {
            if (k == i) continue;
            m->peers[m->config.n_peers++] = (struct mcv_peer_config){
                .user = p->members[k].config.user, .addr = p->members[k].config.own[0]};
        }
    }
}

void party_open(struct party *p)
{
    const char *why = NULL;
    uint32_t agent;

    assert_int_equal(mcv_world_open(&p->world, &p->params), MCV_OK);
    for (size_t i = 0; i < p->n; i++) {
        assert_int_equal(mcv_world_add(p->world, &agent, &p->members[i].node, &why), MCV_OK);
    }
}

void party_close(struct party *p)
{
    assert_int_equal(mcv_world_totals(p->world)->n_wrong_socket, 0);
    mcv_world_close(p->world);
}

mcv_err party_command(struct party *p, uint32_t who, enum mcv_command_type type)
{
    const char *target = type == MCV_CMD_ALERT_CANCEL ? "" : PARTY_GROUP;
    const struct mcv_command command = {.type = type, .target = mcv_bytes_str(target)};

    return mcv_world_command(p->world, who, &command, NULL, NULL);
}

void party_run_to_ms(struct party *p, uint64_t ms)
{
    assert_int_equal(mcv_world_run(p->world, ms * 1000u), MCV_WORLD_REACHED);
}

struct mcv_call_info party_call(const struct party *p, uint32_t who)
{
    struct mcv_call_info info;

    if (!mcv_agent_call_info(mcv_world_agent(p->world, who), 0, &info)) {
        info = (struct mcv_call_info){0};
    }
    return info;
}

bool party_agrees(const struct party *p)
{
    const struct mcv_call_info first = party_call(p, 0);

    for (uint32_t i = 0; i < p->n; i++) {
        const struct mcv_call_info c = party_call(p, i);
        if (!c.is_established || c.call_id != first.call_id || c.start_s != first.start_s ||
            c.call_type != first.call_type) {
            return false;
        }
    }
    return true;
}

size_t party_n_events(const struct party *p, uint32_t who, enum mcv_event_type type)
{
    const struct mcv_world_event *e;
    size_t n = 0;

    for (size_t i = 0; (e = mcv_world_event(p->world, who, i)) != NULL; i++) {
        n += e->e.type == type;
    }
    return n;
}
