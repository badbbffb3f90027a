/* The configuration file of mcvd: what is read, and a wrong file says where. */
#include "agent/edge/config.h"
#include "crypto/sakke.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>
#include <string.h>

#define EXAMPLE MCV_TEST_DIR "/../agent/edge/mcvd.example.yaml"
#define BASE                                                                                       \
    "user: sip:alice@example.org\n"                                                                \
    "control_socket: /tmp/x.sock\n"                                                                \
    "network: {interface: lo, addresses: [127.0.1.1]}\n"                                           \
    "store: {dir: /tmp/x, key_file: /tmp/k}\n"

static struct mcv_tmpdir dir;
static char path[300]; /* of the file, which every test writes */

static int setup(void **state)
{
    (void)state;
    mcv_tmpdir_make(&dir);
    snprintf(path, sizeof path, "%s", mcv_tmpdir_file(&dir, "c.yaml"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mcv_tmpdir_remove(&dir);
    return 0;
}

static mcv_err read_text(struct mcv_edge_config *c, const char *text, struct mcv_yaml_why *why)
{
    mcv_tmpfile_write(path, text, strlen(text), 0600);
    return mcv_edge_config_read(c, path, why);
}

/* The configuration of BASE and these lines. */
static void read_with(struct mcv_edge_config *c, const char *more)
{
    struct mcv_yaml_why why = {0};
    char text[1024];

    snprintf(text, sizeof text, BASE "%s", more);
    if (read_text(c, text, &why) != MCV_OK) fail_msg("%s", why.text);
}

/* Without what lies between the rights and the numbers, which has no value. */
static void assert_same_security(const struct mcv_config_security *a,
                                 const struct mcv_config_security *b)
{
    const size_t rights = offsetof(struct mcv_config_security, may_call_emergency) + 1;
    const size_t numbers = offsetof(struct mcv_config_security, replay_skew_us);

    assert_memory_equal(a, b, rights);
    assert_memory_equal((const uint8_t *)a + numbers, (const uint8_t *)b + numbers,
                        sizeof *a - numbers);
}

static void assert_same_ptt(const struct mcv_ptt_config *a, const struct mcv_ptt_config *b)
{
    assert_int_equal(a->arbitration, b->arbitration);
    assert_int_equal(a->mode, b->mode);
    assert_int_equal(a->n_max, b->n_max);
    assert_int_equal(a->n_queue, b->n_queue);
    assert_int_equal(a->n_shown, b->n_shown);
    assert_memory_equal(&a->priority, &b->priority, sizeof a->priority);
    assert_int_equal(a->is_receive_only, b->is_receive_only);
    assert_int_equal(a->asks_when_served, b->asks_when_served);
    assert_int_equal(a->is_shown_manually, b->is_shown_manually);
}

/* The example says that it shows the defaults: a file without those keys gives the same. */
static void test_the_example_shows_the_defaults(void **state)
{
    struct mcv_edge_config example, bare;
    struct mcv_yaml_why why = {0};

    (void)state;
    read_with(&bare, "groups: [{id: g, address: 239.1.1.1}]\n");
    assert_int_equal(mcv_edge_config_read(&example, EXAMPLE, &why), MCV_OK);
    assert_memory_equal(&example.agent.timers, &bare.agent.timers, sizeof bare.agent.timers);
    assert_same_security(&example.file.security, &bare.file.security);
    assert_memory_equal(&example.file.push, &bare.file.push, sizeof bare.file.push);
    assert_memory_equal(&example.file.signalling, &bare.file.signalling,
                        sizeof bare.file.signalling);
    assert_memory_equal(&example.file.media.pppp, &bare.file.media.pppp,
                        sizeof bare.file.media.pppp);
    assert_memory_equal(&example.file.media.local, &bare.file.media.local,
                        sizeof bare.file.media.local);
    assert_memory_equal(&example.marks, &bare.marks, sizeof bare.marks);
    assert_same_ptt(&example.agent.private_ptt, &bare.agent.private_ptt);
    assert_same_ptt(&example.agent.groups[0].ptt, &bare.agent.groups[0].ptt);
    assert_int_equal(example.agent.media_port, bare.agent.media_port);
    assert_int_equal(example.agent.max_priority, bare.agent.max_priority);
    assert_int_equal(example.file.store.tables, bare.file.store.tables);
    assert_int_equal(bare.file.store.tables, MCV_SAKKE_TABLES_FULL);
    assert_int_equal(example.agent.monp_iei, bare.agent.monp_iei);
    assert_int_equal(bare.agent.monp_iei, MCV_MONP_IEI_HEX);
    assert_int_equal(example.file.network.snooping, bare.file.network.snooping);
    assert_int_equal(example.file.network.query_timeout_us, bare.file.network.query_timeout_us);
    assert_int_equal(example.file.media.gso, bare.file.media.gso);
    assert_int_equal(example.file.media.burst_pkts, bare.file.media.burst_pkts);
    assert_int_equal(example.file.media.burst_time_us, bare.file.media.burst_time_us);
    assert_int_equal(example.agent.rtcp_interval_ms, bare.agent.rtcp_interval_ms);
    for (unsigned m = 0; m < MCV_N_MEDIA; m++) {
        assert_int_equal(example.agent.formats[m].n, bare.agent.formats[m].n);
        for (size_t i = 0; i < bare.agent.formats[m].n; i++) {
            const struct mcv_format *x = &example.agent.formats[m].f[i];
            const struct mcv_format *y = &bare.agent.formats[m].f[i];
            assert_int_equal(x->pt, y->pt);
            assert_true(mcv_bytes_equal(x->name, y->name));
            assert_true(mcv_bytes_equal(x->fmtp, y->fmtp));
        }
    }
    mcv_edge_config_close(&example);
    mcv_edge_config_close(&bare);
}

static void test_identifiers_of_both_readings(void **state)
{
    static const char text[] =
        "user: sip:a@b\ncontrol_socket: /x\nstore: {dir: /x, key_file: /k}\n"
        "network: {interface: lo, addresses: [127.0.1.1], monp_identifiers: both}\n";
    struct mcv_edge_config c;
    struct mcv_yaml_why why = {0};

    (void)state;
    assert_int_equal(read_text(&c, text, &why), MCV_OK);
    assert_int_equal(c.agent.monp_iei, MCV_MONP_IEI_HEX_OR_DECIMAL);
    mcv_edge_config_close(&c);
}

static void test_tables_may_be_small(void **state)
{
    static const char text[] =
        "user: sip:a@b\ncontrol_socket: /x\nstore: {dir: /x, key_file: /k, tables: small}\n"
        "network: {interface: lo, addresses: [127.0.1.1]}\n";
    struct mcv_edge_config c;
    struct mcv_yaml_why why = {0};

    (void)state;
    assert_int_equal(read_text(&c, text, &why), MCV_OK);
    assert_int_equal(c.file.store.tables, MCV_SAKKE_TABLES_SMALL);
    mcv_edge_config_close(&c);
}

static void test_wrong_files_say_where(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"usr: x\n", ":1: usr: \"x\" unknown key"},
        {"user: sip:a@b\ncontrol_socket: /x\nstore: {dir: /x, key_file: /k}\n",
         ":1: network: is missing and has no default"},
        {"user: sip:a@b\ncontrol_socket: /x\nstore: {dir: /x, key_file: /k}\n"
         "network:\n  addresses: [127.0.0.1]\n",
         ":5: interface: is missing and has no default"},
        {BASE "timers:\n  TFP1_ms: 4\n", ":6: TFP1_ms: \"4\" expected a number from 10 to 65535"},
        {BASE "timers:\n  TFP9_ms: 40\n", ":6: TFP9_ms: \"40\" unknown key"},
        {BASE "peers:\n- {user: a, address: 127.0.0}\n", ":6: address: \"127.0.0\" expected an"},
        {BASE "peers:\n- {user: a, address: \"127.0.0.2:0\"}\n", ":6: address: \"127.0.0.2:0\""},
        {BASE "peers:\n- {user: a, address: 239.1.1.1}\n", "is a multicast address"},
        {BASE "peers:\n- {user: a}\n- {user: a}\n", ":7: user: \"a\" is there already"},
        {BASE "groups:\n- {id: g, address: 10.0.0.1}\n",
         ":6: address: \"10.0.0.1\" is not a multicast address"},
        {BASE "groups:\n- {id: g, address: 239.1.1.1, media_port: 42001}\n",
         ":6: media_port: \"42001\" expected an even port"},
        {BASE "groups:\n- {id: g, address: 239.1.1.1}\n- {id: g, address: 239.1.1.2}\n",
         ":7: id: \"g\" is there already"},
        {BASE "peers:\n- {user: a, address: 10.0.0.1}\ngroups:\n"
              "- {id: g, address: 239.1.1.1, fan_out: [a, b]}\n",
         ":8: fan_out: \"b\" expected a user of `peers` with an IPv4 address"},
        {BASE "peers:\n- {user: a, address: 10.0.0.1}\ngroups:\n"
              "- {id: g, address: 'ff02::1:2', fan_out: [a]}\n",
         "expected a user of `peers` with an IPv6 address"},
        {BASE "groups:\n- {id: g, address: 239.1.1.1, fan_out: ['sip:alice@example.org']}\n",
         "needs a user beside ourselves"},
        {BASE "media: {mc_priority: 0}\n",
         ":5: mc_priority: \"0\" expected a number from 1 to 255"},
        {BASE "media: {gso: on}\n", ":5: gso: \"on\""},
        {BASE "transmission: {ptt: always}\n", ":5: ptt: \"always\" expected auto or manual"},
        {BASE "transmission: {maximum_simultaneous: 0}\n",
         ":5: maximum_simultaneous: \"0\" expected a number from 1 to 64"},
        {BASE "transmission: {queue: 17}\n", ":5: queue: \"17\" expected a number from 0 to 16"},
        {BASE "transmission: {priority: {basic: 256}}\n", ":5: basic: \"256\" expected a number"},
        {BASE "private_transmission: {maximum_simultaneous: 3}\n",
         ":5: maximum_simultaneous: \"3\" expected a number from 1 to 2"},
        {BASE "private_transmission: {arbitration_approach: self}\n",
         ":5: arbitration_approach: \"self\" unknown key"},
        {BASE "groups:\n- id: g\n  address: 239.1.1.1\n  transmission:\n    reception: never\n",
         ":9: reception: \"never\" expected automatic or manual"},
        {BASE "media: {burst_packets: 65}\n", ":5: burst_packets: \"65\""},
        {BASE "media: {burst_time: 1s}\n", ":5: burst_time: \"1s\""},
        {BASE "media: {srtp: nss}\n", ":5: srtp: \"nss\" is not in this build"},
        {BASE "media: {video: [{pt: 95, name: H264, clock: 90000}]}\n", ":5: pt: \"95\" expected"},
        {BASE "media:\n  audio:\n  - {pt: 96, name: a, clock: 8000}\n"
              "  - {pt: 96, name: b, clock: 8000}\n",
         ":8: pt: \"96\" is there already"},
        {"user: sip:a@b\ncontrol_socket: /x\nstore: {dir: /x, key_file: /k, tables: tiny}\n",
         ":3: tables: \"tiny\" expected full or small"},
        {BASE "log_level: loud\n", ":5: log_level: \"loud\" expected error or warning"},
        {"user: sip:a@b\ncontrol_socket: /x\nnetwork: {interface: lo, addresses: [127.0.1.1]}\n"
         "store: {dir: /x}\n",
         ":4: dir: \"/x\" needs one of passphrase_file and key_file"},
        {"user: sip:a@b\ncontrol_socket: /x\nnetwork: {interface: lo, addresses: [127.0.1.1, "
         "127.0.1.2]}\nstore: {dir: /x, key_file: /k}\n",
         ":3: addresses: \"127.0.1.2\" is a second address of one family"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_edge_config c;
        struct mcv_yaml_why why = {0};
        assert_int_equal(read_text(&c, rows[i].text, &why), MCV_E_CONFIG);
        if (strstr(why.text, rows[i].want) == NULL)
            fail_msg("%s\n  said: %s\n  not:  %s", rows[i].text, why.text, rows[i].want);
        mcv_edge_config_close(&c);
    }
}

/* Groups that came as documents stand beside those of the file, which goes first. */
static void test_documents_add_groups(void **state)
{
#define DOCUMENT(id, more)                                                                         \
    "<list-service xmlns=\"urn:oma:xml:poc:list-service\" "                                        \
    "xmlns:i=\"urn:3gpp:ns:mcpttGroupInfo:1.0\" uri=\"" id "\">"                                   \
    "<i:off-network-IP-multicast-address>239.20.1.9</i:off-network-IP-multicast-address>" more     \
    "</list-service>"
    const struct mcv_bytes documents[] = {
        mcv_bytes_str(DOCUMENT("sip:team1@example.org", "")),
        mcv_bytes_str(DOCUMENT("sip:doc@example.org",
                               "<i:mcvideo-off-network-ProSe-media-PPPP>7"
                               "</i:mcvideo-off-network-ProSe-media-PPPP>"
                               "<i:mcvideo-off-network-arbitration-approach>self"
                               "</i:mcvideo-off-network-arbitration-approach>"
                               "<i:mcvideo-off-network-maximum-simultaneous-transmissions>20"
                               "</i:mcvideo-off-network-maximum-simultaneous-transmissions>"
                               "<i:mcvideo-protect-media>false</i:mcvideo-protect-media>")),
    };
    struct mcv_edge_config c;
    struct mcv_yaml_why why = {0};

    (void)state;
    assert_int_equal(mcv_edge_config_read(&c, EXAMPLE, &why), MCV_OK);
    if (mcv_edge_config_add_documents(&c, documents, 2, &why) != MCV_OK) fail_msg("%s", why.text);
    assert_int_equal(c.agent.n_groups, 2);
    assert_int_equal(c.agent.groups[0].addr.b[3], 5); /* as the file says */
    assert_true(mcv_bytes_equal(c.agent.groups[1].group, mcv_bytes_str("sip:doc@example.org")));
    assert_int_equal(c.agent.groups[1].addr.b[3], 9);
    assert_int_equal(c.agent.groups[1].media.basic, 7);
    assert_int_equal(c.agent.groups[1].media.emergency, c.agent.groups[0].media.emergency);
    assert_false(c.agent.groups[1].protect_media);
    assert_int_equal(c.agent.groups[1].max_duration_s, 3600);
    assert_int_equal(c.agent.groups[0].ptt.arbitration, MCV_ARBITRATION_SINGLE);
    assert_int_equal(c.agent.groups[1].ptt.arbitration, MCV_ARBITRATION_SELF);
    assert_int_equal(c.agent.groups[1].ptt.n_max, 20);
    assert_int_equal(c.agent.groups[1].ptt.n_queue, c.agent.groups[0].ptt.n_queue);
    assert_int_equal(c.limits.n_transmitters, 20);
    mcv_edge_config_close(&c);
}

/* A group and private calls say what differs from what the file says for all. */
static void test_transmission_is_inherited(void **state)
{
    static const char all[] =
        "transmission: {ptt: manual, arbitration_approach: self, maximum_simultaneous: 3, queue: "
        "2,\n"
        "  priority: {basic: 1, imminent_peril: 2, emergency: 3}, receive_only: true,\n"
        "  ask_when_served: true, reception: manual, maximum_received: 4}\n";
    static const char own[] =
        "transmission: {ptt: auto, arbitration_approach: single, maximum_simultaneous: 24, queue: "
        "9,\n"
        "    priority: {emergency: 9}, receive_only: false, ask_when_served: false,\n"
        "    reception: automatic, maximum_received: 1}";
    const struct mcv_ptt_config given = {.arbitration = MCV_ARBITRATION_SELF,
                                         .mode = MCV_PTT_MANUAL,
                                         .n_max = 3,
                                         .n_queue = 2,
                                         .n_shown = 4,
                                         .priority = {1, 2, 3},
                                         .is_receive_only = true,
                                         .asks_when_served = true,
                                         .is_shown_manually = true};
    const struct mcv_ptt_config other = {
        .n_max = 24, .n_queue = 9, .n_shown = 1, .priority = {1, 2, 9}};
    struct mcv_ptt_config of_private = given;
    struct mcv_edge_config c;
    char more[900];

    (void)state;
    snprintf(more, sizeof more,
             "groups:\n- {id: f, address: 239.1.1.1, transmission: {queue: 2}}\n"
             "- {id: g, address: 239.1.1.2}\n- {id: h, address: 239.1.1.3,\n   %s}\n%s",
             own, all);
    read_with(&c, more);
    assert_same_ptt(&c.agent.groups[0].ptt, &given); /* also with another first key of the map */
    assert_same_ptt(&c.agent.groups[1].ptt, &given);
    assert_same_ptt(&c.agent.groups[2].ptt, &other);
    of_private.arbitration = MCV_ARBITRATION_SINGLE;
    of_private.n_max = 2;
    of_private.n_queue = 1;
    assert_same_ptt(&c.agent.private_ptt, &of_private);
    assert_int_equal(c.limits.n_transmitters, 24);
    assert_true(c.limits.n_queued >= 9);
    mcv_edge_config_close(&c);
}

/* TS 24.483: what the user may do is said in the file, each right by itself. */
static void test_every_authorisation_is_read(void **state)
{
#define RIGHT(key, field)                                                                          \
    {                                                                                              \
        "security: {" key, offsetof(struct mcv_agent_config, field), false                         \
    }
#define GROUP_RIGHT(key, field)                                                                    \
    {                                                                                              \
        "groups:\n- {id: g, address: 239.1.1.1, " key, offsetof(struct mcv_group_config, field),   \
            true                                                                                   \
    }
    static const struct {
        const char *line;
        size_t offset;
        bool is_of_group;
    } rows[] = {
        RIGHT("may_call", may_call),
        RIGHT("may_call_automatic", may_auto),
        RIGHT("may_call_manual", may_manual),
        RIGHT("may_call_emergency", may_call_emergency),
        RIGHT("may_alert", may_alert),
        RIGHT("may_cancel_alert", may_cancel_alert),
        {"push: {enabled", offsetof(struct mcv_agent_config, push.is_enabled), false},
        {"push: {on_request", offsetof(struct mcv_agent_config, push.on_request), false},
        {"push: {notify_source", offsetof(struct mcv_agent_config, push.notifies_source), false},
        GROUP_RIGHT("may_emergency", may_emergency),
        GROUP_RIGHT("may_imminent_peril", may_peril),
        GROUP_RIGHT("may_cancel", may_cancel),
        GROUP_RIGHT("may_broadcast", may_broadcast),
        GROUP_RIGHT("user_acknowledgement", needs_user_ack),
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        struct mcv_edge_config c;
        char more[256];
        bool got;
        snprintf(more, sizeof more, "%s: %s}\n", rows[i / 2].line, i % 2 ? "true" : "false");
        read_with(&c, more);
        const void *of = rows[i / 2].is_of_group ? (const void *)&c.agent.groups[0] : &c.agent;
        memcpy(&got, (const uint8_t *)of + rows[i / 2].offset, sizeof got);
        assert_int_equal(got, i % 2);
        mcv_edge_config_close(&c);
    }
}

/* How each of the eight ProSe per-packet priorities is marked is said in the file. TS 24.281 9.3.2.2 */
static void test_marks_are_read(void **state)
{
#define MARKED(marks)                                                                              \
    "user: sip:alice@example.org\ncontrol_socket: /tmp/x.sock\n"                                   \
    "store: {dir: /tmp/x, key_file: /tmp/k}\n"                                                     \
    "network: {interface: lo, addresses: [127.0.1.1], marks: [" marks "]}\n"
#define MARK(dscp, priority) "{dscp: " #dscp ", priority: " #priority "}"
#define SEVEN                                                                                      \
    MARK(1, 6)                                                                                     \
    "," MARK(2, 5) "," MARK(3, 4) "," MARK(4, 3) "," MARK(5, 2) "," MARK(6, 1) "," MARK(63, 0)
    static const struct {
        const char *text;
        mcv_err want;
    } rows[] = {
        {MARKED(SEVEN "," MARK(8, 6)), MCV_OK},
        {MARKED(SEVEN), MCV_E_CONFIG}, /* one is missing */
        {MARKED(SEVEN "," MARK(64, 0)), MCV_E_CONFIG},
        {MARKED(SEVEN "," MARK(8, 7)), MCV_E_CONFIG}, /* needs CAP_NET_ADMIN */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_edge_config c;
        struct mcv_yaml_why why = {0};
        assert_int_equal(read_text(&c, rows[i].text, &why), rows[i].want);
        if (rows[i].want == MCV_OK) {
            assert_int_equal(c.marks.of[0].dscp, 1);
            assert_int_equal(c.marks.of[0].priority, 6);
            assert_int_equal(c.marks.of[6].dscp, 63);
            assert_int_equal(c.marks.of[7].priority, 6);
        }
        mcv_edge_config_close(&c);
    }
}

/* What the agent is told of single numbers, with and without a line for them. */
static void test_numbers_are_read(void **state)
{
    static const struct {
        const char *more;
        uint32_t peer_lost_s, key_warning_s;
        uint8_t max_priority; /* Spec: TS 24.581 12.1.2 */
    } rows[] = {
        {"", 30, 86400, 5},
        {"security: {peer_lost: 2min}\n", 120, 86400, 5},
        {"security: {peer_lost: 0s}\n", 0, 86400, 5},
        {"security: {key_warning: 90min}\n", 30, 5400, 5},
        {"security: {key_warning: 0s}\n", 30, 0, 5},
        {"media: {mc_priority: 1}\n", 30, 86400, 1},
        {"media: {mc_priority: 255}\n", 30, 86400, 255},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_edge_config c;
        read_with(&c, rows[i].more);
        assert_int_equal(c.agent.peer_lost_s, rows[i].peer_lost_s);
        assert_int_equal(c.agent.key_warning_s, rows[i].key_warning_s);
        assert_int_equal(c.agent.max_priority, rows[i].max_priority);
        mcv_edge_config_close(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_example_shows_the_defaults),
        cmocka_unit_test(test_identifiers_of_both_readings),
        cmocka_unit_test(test_tables_may_be_small),
        cmocka_unit_test(test_wrong_files_say_where),
        cmocka_unit_test(test_documents_add_groups),
        cmocka_unit_test(test_transmission_is_inherited),
        cmocka_unit_test(test_every_authorisation_is_read),
        cmocka_unit_test(test_marks_are_read),
        cmocka_unit_test(test_numbers_are_read),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
