/*
 * test_libpace_kill.c - a process with an outbox and the daemon, both killed with -9 again and
 * again under load: what submit took is in the store, each event once and in the order of
 * submission.
 *
 * The sender is this program again. It notes in a file how many events submit has taken, after each
 * call; killed in between it submits those once more, as a real connector would. The recount reads
 * the daemon's log past the daemon.
 */
#include "../integration/daemon_fixture.h"

#include "../store_ids.h"

#include <pace/client.h>

#include <sys/prctl.h>
#include <time.h>

enum { EVENTS = 30000, KILLS = 22, AT_ONCE_MAX = 60, SENDER_MS = 60000, TEXT_SIZE = 200 };

/* ---- the sender: a process of its own ---- */

static uint64_t journal_read(int fd) {
    uint64_t taken = 0;
    return pread(fd, &taken, sizeof taken, 0) == sizeof taken ? taken : 0;
}

static size_t make_events(char texts[][TEXT_SIZE], struct pace_event *events, uint64_t first,
                          size_t n) {
    size_t made = 0;
    for (; made < n && first + made < EVENTS; made++) {
        int len = snprintf(texts[made], TEXT_SIZE,
                           "{\"specversion\":\"1.0\",\"source\":\"/t\",\"id\":\"e%u\",\"type\":"
                           "\"sales.activity.call\",\"subject\":\"r\",\"time\":"
                           "\"2026-03-02T09:00:00Z\"}",
                           (unsigned)(first + made));
        events[made] = (struct pace_event){texts[made], (size_t)len, first + made};
    }
    return made;
}

static int submit_all(struct pace_client *client, int journal) {
    static char texts[AT_ONCE_MAX][TEXT_SIZE];
    struct pace_event events[AT_ONCE_MAX];
    uint64_t next = journal_read(journal);
    for (unsigned round = 0; next < EVENTS; round++) {
        size_t taken, n = make_events(texts, events, next, 1 + round * 7 % AT_ONCE_MAX);
        int error = pace_client_submit_many(client, events, n, &taken);
        next += taken;
        if (pwrite(journal, &next, sizeof next, 0) != sizeof next)
            return -errno;
        if (!error || error == PACE_EBACKLOG)
            error = pace_client_process(client, error ? SENDER_MS : 0);
        if (error)
            return error;
    }
    return pace_client_drain(client, SENDER_MS);
}

static void on_result(void *arg, const struct pace_result *result) {
    *(uint64_t *)arg += result->n_rejected;
}

static void on_trouble(void *arg, const struct pace_trouble *trouble) {
    (void)trouble;
    ++*(uint64_t *)arg;
}

/* argv: program, endpoint, outbox, journal. */
static int sender_main(char **argv) {
    struct pace_client_options options;
    struct pace_client *client = NULL;
    uint64_t wrong = 0;
    int journal = open(argv[3], O_RDWR | O_CREAT, 0600);
    pace_client_options_init(&options);
    options.endpoint = argv[1];
    options.outbox = argv[2];
    options.arg = &wrong;
    options.on_result = on_result;
    options.on_trouble = on_trouble;
    int error = journal < 0 ? -errno : pace_client_open(&options, &client);
    if (!error)
        error = submit_all(client, journal);
    if (error)
        fprintf(stderr, "sender: %s\n", pace_strerror(error));
    pace_client_close(&client);
    close(journal);
    return error || wrong ? 1 : 0;
}

/* ---- the killing ---- */

struct killing {
    struct fixture *fixture;
    int journal;
    pid_t sender;
    uint64_t random;
};

static uint64_t below(struct killing *killing, uint64_t n) {
    killing->random =
        killing->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (killing->random >> 33) % n;
}

static void sender_start(struct killing *killing) {
    char endpoint[200], outbox[160], journal[160];
    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/ingest.sock", killing->fixture->directory);
    snprintf(outbox, sizeof outbox, "%s/outbox", killing->fixture->directory);
    snprintf(journal, sizeof journal, "%s/journal", killing->fixture->directory);
    char *const argv[] = {"/proc/self/exe", endpoint, outbox, journal, NULL};
    killing->sender = fork();
    assert_true(killing->sender >= 0);
    if (killing->sender == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* it doesn't outlive a test that fails */
        execv(argv[0], argv);
        _exit(127);
    }
}

static int sender_wait(struct killing *killing) {
    int status = 0;
    alarm(120);
    assert_int_equal(waitpid(killing->sender, &status, 0), killing->sender);
    alarm(0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Until the sender has taken so many events: looks every half millisecond. */
static void await_taken(struct killing *killing, uint64_t taken) {
    const struct timespec pause = {.tv_nsec = 500000};
    alarm(120);
    while (journal_read(killing->journal) < taken) {
        assert_int_equal(waitpid(killing->sender, NULL, WNOHANG), 0);
        nanosleep(&pause, NULL);
    }
    alarm(0);
}

static void kill_sender(struct killing *killing) {
    kill(killing->sender, SIGKILL);
    assert_int_equal(sender_wait(killing), 128 + SIGKILL);
    sender_start(killing);
}

static void kill_daemon(struct killing *killing) {
    fixture_kill(killing->fixture);
    fixture_start_by_events(killing->fixture);
}

/* In each share of the events both are killed, at moments of their own, in either order. */
static void kill_both(struct killing *killing) {
    enum { SHARE = (EVENTS - 2000) / KILLS };
    for (uint64_t i = 0; i < KILLS; i++) {
        uint64_t first = i * SHARE + below(killing, SHARE / 2);
        uint64_t second = first + below(killing, SHARE / 2);
        bool daemon_first = below(killing, 2);
        await_taken(killing, first);
        (daemon_first ? kill_daemon : kill_sender)(killing);
        await_taken(killing, second);
        (daemon_first ? kill_sender : kill_daemon)(killing);
    }
}

struct recount {
    uint64_t next, wrong;
};

static void each_id(void *arg, struct view source, struct view id) {
    struct recount *recount = arg;
    char expected[16];
    (void)source;
    snprintf(expected, sizeof expected, "e%u", (unsigned)recount->next++);
    recount->wrong += !view_equal(id, view_of(expected));
}

static void test_both_killed(void **state) {
    struct fixture *fixture = *state;
    const char *given = getenv("PACED_SEED");
    struct killing killing = {.fixture = fixture, .random = given ? strtoull(given, NULL, 10) : 1};
    struct recount recount = {0, 0};
    print_message("seed %llu, %d kills of each\n", (unsigned long long)killing.random, KILLS);
    killing.journal = open(fixture_path(fixture, "journal"), O_RDWR | O_CREAT, 0600);
    assert_true(killing.journal >= 0);
    fixture_start_by_events(fixture);
    sender_start(&killing);
    kill_both(&killing);
    assert_int_equal(sender_wait(&killing), 0);
    assert_int_equal(journal_read(killing.journal), EVENTS);
    close(killing.journal);
    assert_int_equal(fixture_stop(fixture), 0);
    assert_int_equal(store_ids_walk(fixture_path(fixture, "state"), each_id, &recount), 0);
    assert_int_equal(recount.next, EVENTS);
    assert_int_equal(recount.wrong, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_both_killed, fixture_setup, fixture_teardown),
    };
    return argc == 4 ? sender_main(argv) : cmocka_run_group_tests(tests, NULL, NULL);
}
