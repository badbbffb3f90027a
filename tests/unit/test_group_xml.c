/* Group documents of TS 24.481: what is read, and what is refused. */
#include "proto/group_xml.h"
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <string.h>

#define HEAD                                                                                       \
    "<group xmlns=\"urn:oma:xml:poc:list-service\" "                                               \
    "xmlns:mcpttgi=\"urn:3gpp:ns:mcpttGroupInfo:1.0\">"                                            \
    "<list-service uri=\"sip:team1@example.org\"><display-name>Team 1</display-name>"              \
    "<list><entry uri=\"sip:alice@example.org\"/><entry uri=\"sip:bob@example.org\"/></list>"
#define TAIL           "</list-service></group>"
#define ADDR           E("off-network-IP-multicast-address", "239.20.1.5")
#define E(name, value) "<mcpttgi:" name ">" value "</mcpttgi:" name ">"

static void test_everything_is_read(void **state)
{
    static const char xml[] = HEAD ADDR E("mcvideo-off-network-ProSe-signalling-PPPP", "4")
        E("mcvideo-off-network-ProSe-emergency-call-signalling-PPPP",
          "1") E("mcvideo-off-network-ProSe-imminent-peril-call-signalling-PPPP", "2")
            E("mcvideo-off-network-ProSe-media-PPPP", "5")
                E("mcvideo-off-network-in-progress-emergency-state-cancellation-timeout", "PT30M")
                    E("mcvideo-off-network-maximum-duration", "P1DT1H0M5S")
                        E("mcvideo-off-network-arbitration-approach", "self")
                            E("mcvideo-off-network-maximum-simultaneous-transmissions", " 2 ")
                                E("mcvideo-protect-media", "false")
                                    E("mcvideo-preferred-audio-encodings", "AMR-WB") TAIL;
    struct mcv_group_xml g;
    const char *what = "x";

    (void)state;
    assert_int_equal(mcv_group_xml_decode(&g, &what, mcv_bytes_str(xml)), MCV_OK);
    assert_null(what);
    assert_string_equal(g.group, "sip:team1@example.org");
    assert_string_equal(g.name, "Team 1");
    assert_int_equal(g.addr.family, MCV_IPV4);
    assert_int_equal(g.addr.b[0], 239);
    assert_int_equal(g.signalling.basic, 4);
    assert_int_equal(g.signalling.emergency, 1);
    assert_int_equal(g.signalling.imminent_peril, 2);
    assert_int_equal(g.media.basic, 5);
    assert_int_equal(g.media.emergency, 0);
    assert_int_equal(g.emergency_cancel_s, 1800);
    assert_int_equal(g.peril_cancel_s, 0);
    assert_int_equal(g.max_duration_s, 86400 + 3605);
    assert_int_equal(g.approach, MCV_APPROACH_SELF);
    assert_int_equal(g.max_transmissions, 2);
    assert_false(g.protect_media);
    assert_true(g.protect_control); /* absent: protected */
}

static void test_what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *why, *xml, *what;
        mcv_err want;
    } rows[] = {
        {"not XML", "<group>", "document", MCV_E_MALFORMED},
        {"another document", "<group/>", "document", MCV_E_UNSUPPORTED},
        {"a DOCTYPE", "<!DOCTYPE x []>" HEAD ADDR TAIL, "document", MCV_E_MALFORMED},
        {"no uri", "<list-service xmlns=\"urn:oma:xml:poc:list-service\"/>", "list-service uri",
         MCV_E_MALFORMED},
        {"no address", HEAD TAIL, "off-network-IP-multicast-address", MCV_E_MALFORMED},
        {"not multicast", HEAD E("off-network-IP-multicast-address", "10.0.0.1") TAIL,
         "off-network-IP-multicast-address", MCV_E_MALFORMED},
        {"twice", HEAD ADDR ADDR TAIL, "off-network-IP-multicast-address", MCV_E_MALFORMED},
        {"PPPP 0", HEAD ADDR E("mcvideo-off-network-ProSe-media-PPPP", "0") TAIL,
         "mcvideo-off-network-ProSe-media-PPPP", MCV_E_MALFORMED},
        {"PPPP 9", HEAD ADDR E("mcvideo-off-network-ProSe-media-PPPP", "9") TAIL,
         "mcvideo-off-network-ProSe-media-PPPP", MCV_E_MALFORMED},
        {"months", HEAD ADDR E("mcvideo-off-network-maximum-duration", "P1M") TAIL,
         "mcvideo-off-network-maximum-duration", MCV_E_MALFORMED},
        {"no duration", HEAD ADDR E("mcvideo-off-network-maximum-duration", "PT") TAIL,
         "mcvideo-off-network-maximum-duration", MCV_E_MALFORMED},
        {"units out of order", HEAD ADDR E("mcvideo-off-network-maximum-duration", "PT1S1H") TAIL,
         "mcvideo-off-network-maximum-duration", MCV_E_MALFORMED},
        {"not a truth", HEAD ADDR E("mcvideo-protect-media", "maybe") TAIL, "mcvideo-protect-media",
         MCV_E_MALFORMED},
        {"an unknown approach",
         HEAD ADDR E("mcvideo-off-network-arbitration-approach", "none") TAIL,
         "mcvideo-off-network-arbitration-approach", MCV_E_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_group_xml g;
        const char *what = NULL;
        if (mcv_group_xml_decode(&g, &what, mcv_bytes_str(rows[i].xml)) != rows[i].want)
            fail_msg("%s", rows[i].why);
        assert_string_equal(what, rows[i].what);
        assert_int_equal(g.group[0], 0);
    }
}

static bool add_member(void *ctx, const char *uri)
{
    char *all = ctx;
    const size_t n = strlen(all);

    snprintf(all + n, 256 - n, "%s ", uri);
    return true;
}

static void test_members_are_listed(void **state)
{
    char all[256] = "";

    (void)state;
    assert_int_equal(mcv_group_xml_members(mcv_bytes_str(HEAD ADDR TAIL), add_member, all), MCV_OK);
    assert_string_equal(all, "sip:alice@example.org sip:bob@example.org ");
    assert_int_equal(mcv_group_xml_members(mcv_bytes_str("<x/>"), add_member, all),
                     MCV_E_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_read),
        cmocka_unit_test(test_what_is_wrong_is_named),
        cmocka_unit_test(test_members_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
