/* mcvd.example.yaml runs as it is, and shows every key there is. */
#include "agent/edge/config.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>
#include <string.h>

#define EXAMPLE MCV_TEST_DIR "/../agent/edge/mcvd.example.yaml"

static void test_the_example_runs_as_it_is(void **state)
{
    struct mcv_edge_config c;
    struct mcv_yaml_why why = {0};

    (void)state;
    if (mcv_edge_config_read(&c, EXAMPLE, &why) != MCV_OK) fail_msg("%s", why.text);
    assert_true(mcv_bytes_equal(c.agent.user, mcv_bytes_str("sip:alice@example.org")));
    assert_int_equal(c.agent.own[0].port, 8809);
    assert_int_equal(c.agent.own[0].b[2], 1);
    assert_int_equal(c.agent.n_peers, 2);
    assert_int_equal(c.agent.peers[1].addr.port, 8809);
    assert_true(mcv_bytes_equal(c.agent.peers[1].kms_uri, mcv_bytes_str("kms.other.example")));
    assert_int_equal(c.agent.n_groups, 1);
    assert_int_equal(c.agent.groups[0].max_duration_s, 3600);
    assert_int_equal(c.agent.formats[MCV_VIDEO].f[0].pt, 97);
    assert_int_equal(c.agent.timers.tfp1_ms, 40);
    assert_string_equal(mcv_srtp_backend_name(c.agent.srtp), "openssl");
    mcv_edge_config_close(&c);
}

/* "timers:", "  TFP1_ms: 40", "#kms: x", "{user: x, kms: y}" all have their key. */
static bool has_key(const char *text, const char *key)
{
    const size_t n = strlen(key);

    for (const char *at = text; (at = strstr(at, key)) != NULL; at += n) {
        if (at[n] == ':' && (at == text || strchr("\n #{", at[-1]) != NULL)) return true;
    }
    return false;
}

static size_t n_keys_missing(const char *text, const struct mcv_yaml_schema *schema)
{
    size_t n = 0;

    for (size_t i = 0; i < schema->n_fields; i++) {
        const struct mcv_yaml_field *f = &schema->fields[i];
        if (!has_key(text, f->key)) print_error("the example lacks %s\n", f->key);
        n += !has_key(text, f->key);
        if (f->sub != NULL) n += n_keys_missing(text, f->sub);
    }
    return n;
}

/* Every key of the schema; every timer with default, range and clause. */
static void test_the_example_shows_every_key(void **state)
{
    static char text[1 << 16];
    const size_t n = mcv_tmpfile_read(EXAMPLE, (uint8_t *)text, sizeof text - 1);

    (void)state;
    text[n] = '\0';
    assert_int_equal(n_keys_missing(text, &mcv_config_schema), 0);
    for (size_t i = 0; i < mcv_n_timer_rows; i++) {
        const struct mcv_timer_row *r = &mcv_timer_rows[i];
        char value[64], line[256];
        snprintf(value, sizeof value, "%s_%s: %u", r->name, r->unit, r->def);
        snprintf(line, sizeof line, "\n  %-25s # %u to %u; %s\n", value, r->min, r->max, r->clause);
        if (strstr(text, line) == NULL) fail_msg("the example lacks%s", line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_example_runs_as_it_is),
        cmocka_unit_test(test_the_example_shows_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
