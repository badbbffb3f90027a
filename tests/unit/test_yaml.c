/* Files by table: what is read, and the line that each wrong file gets. */
#include "agent/yaml/yaml.h"
#include "tests/support/cmocka.h"
#include "tests/support/tmpdir.h"

#include <string.h>

struct item {
    const char *name;
    uint32_t port;
};

struct conf {
    const char *user;
    uint32_t count;
    bool is_on;
    int mode;
    uint64_t wait_us;
    uint32_t loss_ppm;
    struct item one;
    struct mcv_yaml_list many;
    struct mcv_yaml_list words;
};

static const char *const modes[] = {"slow", "fast", NULL};

static void init_item(void *p)
{
    ((struct item *)p)->port = 8809;
}

static const struct mcv_yaml_field item_fields[] = {
    {.key = "name",
     .type = MCV_YAML_TEXT,
     .offset = offsetof(struct item, name),
     .is_required = true},
    {.key = "port",
     .type = MCV_YAML_U32,
     .offset = offsetof(struct item, port),
     .min = 1,
     .max = 65535},
};
static const struct mcv_yaml_schema item_schema = {item_fields, 2, sizeof(struct item), init_item};

static const struct mcv_yaml_field fields[] = {
    {.key = "user",
     .type = MCV_YAML_TEXT,
     .offset = offsetof(struct conf, user),
     .is_required = true},
    {.key = "count",
     .type = MCV_YAML_U32,
     .offset = offsetof(struct conf, count),
     .min = 1,
     .max = 10},
    {.key = "on", .type = MCV_YAML_BOOL, .offset = offsetof(struct conf, is_on)},
    {.key = "mode", .type = MCV_YAML_NAME, .offset = offsetof(struct conf, mode), .names = modes},
    {.key = "wait",
     .type = MCV_YAML_DURATION,
     .offset = offsetof(struct conf, wait_us),
     .max = 60000000},
    {.key = "loss", .type = MCV_YAML_RATIO, .offset = offsetof(struct conf, loss_ppm)},
    {.key = "one", .type = MCV_YAML_MAP, .offset = offsetof(struct conf, one), .sub = &item_schema},
    {.key = "many",
     .type = MCV_YAML_LIST,
     .offset = offsetof(struct conf, many),
     .sub = &item_schema},
    {.key = "words", .type = MCV_YAML_TEXTS, .offset = offsetof(struct conf, words), .max = 2},
};
static const struct mcv_yaml_schema schema = {fields, sizeof fields / sizeof fields[0],
                                              sizeof(struct conf), NULL};

static mcv_err read_text(struct mcv_yaml **doc, struct conf *c, struct mcv_yaml_why *why,
                         const char *text)
{
    struct mcv_tmpdir dir;

    mcv_tmpdir_make(&dir);
    const char *path = mcv_tmpdir_file(&dir, "c.yaml");
    mcv_tmpfile_write(path, text, strlen(text), 0600);
    *c = (struct conf){.count = 7};
    const mcv_err err = mcv_yaml_read(doc, path, &schema, c, why);
    mcv_tmpdir_remove(&dir);
    return err;
}

static void test_everything_is_read(void **state)
{
    struct mcv_yaml *doc;
    struct mcv_yaml_why why;
    struct conf c;

    (void)state;
    assert_int_equal(read_text(&doc, &c, &why,
                               "user: sip:a@example.org # who\non: yes\nmode: fast\nwait: 1.5s\n"
                               "loss: 2.5%\none:\n  name: x\n  port: 5\nmany:\n- name: p\n"
                               "- {name: q, port: 9}\nwords: [a, b]\n"),
                     MCV_OK);
    const struct item *many = c.many.items;
    assert_string_equal(c.user, "sip:a@example.org");
    assert_int_equal(c.count, 7);
    assert_true(c.is_on);
    assert_int_equal(c.mode, 1);
    assert_int_equal(c.wait_us, 1500000);
    assert_int_equal(c.loss_ppm, 25000);
    assert_int_equal(c.one.port, 5);
    assert_int_equal(c.many.n, 2);
    assert_int_equal(many[0].port, 8809);
    assert_int_equal(many[1].port, 9);
    assert_string_equal(((const char **)c.words.items)[1], "b");
    assert_true(mcv_yaml_has(doc, &c.wait_us));
    assert_false(mcv_yaml_has(doc, &c.count));
    assert_true(mcv_yaml_has_value(doc, &c.wait_us));
    assert_false(mcv_yaml_has_value(doc, &c.count));
    assert_true(mcv_yaml_has(doc, &many[0]) && mcv_yaml_has_value(doc, &many[0].name));
    assert_false(mcv_yaml_has_value(doc, &c.many)); /* a list is not a single value */

    assert_int_equal(mcv_yaml_refuse(doc, &why, &many[1].port, "is in use"), MCV_E_CONFIG);
    assert_non_null(strstr(why.text, "c.yaml:11: port: \"9\" is in use"));
    assert_int_equal(mcv_yaml_refuse(doc, &why, &many[0].port, "is in use"), MCV_E_CONFIG);
    assert_non_null(strstr(why.text, "c.yaml:10: many: is in use"));
    mcv_yaml_close(doc);
}

static void test_wrong_files_say_where(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"user: a\nusr: b\n", ":2: usr: \"b\" unknown key; did you mean user?"},
        {"user: a\nxyz: b\n", ":2: xyz: \"b\" unknown key"},
        {"user: a\nuser: b\n", ":2: user: is there already"},
        {"count: 3\n", ":1: user: is missing"},
        {"user: a\ncount: 11\n", ":2: count: \"11\" expected a number from 1 to 10"},
        {"user: a\ncount: -1\n", ":2: count: \"-1\" expected a number"},
        {"user: a\ncount: 1x\n", ":2: count: \"1x\" expected a number"},
        {"user: a\ncount: [1]\n", ":2: count: expected a single value"},
        {"user: a\non: maybe\n", ":2: on: \"maybe\" expected true or false"},
        {"user: a\nmode: medium\n", ":2: mode: \"medium\" expected slow or fast"},
        {"user: a\nwait: 40\n", ":2: wait: \"40\" expected a time"},
        {"user: a\nwait: 2min\n", ":2: wait: \"2min\" expected a time from"},
        {"user: a\nloss: 120%\n", ":2: loss: \"120%\" expected a share from 0% to 100%"},
        {"user: a\none: x\n", ":2: one: \"x\" expected nested keys"},
        {"user: a\nmany:\n- port: 1\n", ":3: name: is missing"},
        {"user: a\nmany:\n- name: x\n  port: 0\n", ":4: port: \"0\" expected a number"},
        {"user: a\nwords: [a, b, c]\n", ":2: words: too few or too many"},
        {"user: \"\"\n", ":1: user: expected a text"},
        {"", ":1: the file is empty"},
        {"a\n", ":1: \"a\" expected nested keys"},
        {"user: &x a\nmode: *x\n", ":2: aliases are not allowed"},
        {"user: a\n---\nuser: b\n", ":2: a second document"},
        {"user: [a\n", ":2: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mcv_yaml *doc;
        struct mcv_yaml_why why = {0};
        struct conf c;
        assert_int_equal(read_text(&doc, &c, &why, rows[i].text), MCV_E_CONFIG);
        assert_null(doc);
        if (strstr(why.text, rows[i].want) == NULL)
            fail_msg("%s\n  said: %s\n  not:  %s", rows[i].text, why.text, rows[i].want);
    }
}

static void test_a_missing_file_is_named(void **state)
{
    struct mcv_yaml *doc;
    struct mcv_yaml_why why;
    struct conf c = {0};

    (void)state;
    assert_int_equal(mcv_yaml_read(&doc, "/nonexistent/x.yaml", &schema, &c, &why), MCV_E_IO);
    assert_string_equal(why.text, "/nonexistent/x.yaml: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_read),
        cmocka_unit_test(test_wrong_files_say_where),
        cmocka_unit_test(test_a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
