/* Runs a fuzz target over files and folders, once each: the corpus as a regression test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static unsigned n_files;

static void run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st;

    if (f == NULL || fstat(fileno(f), &st) != 0) {
        perror(path);
        exit(1);
    }
    const size_t n = (size_t)st.st_size;
    uint8_t *data = malloc(n > 0 ? n : 1); /* its own block: an overrun is seen */
    if (data == NULL || fread(data, 1, n, f) != n) {
        perror(path);
        exit(1);
    }
    (void)LLVMFuzzerTestOneInput(data, n);
    free(data);
    fclose(f);
    n_files++;
}

static void run_path(const char *path)
{
    DIR *dir = opendir(path);

    if (dir == NULL) {
        run_file(path);
        return;
    }
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        char name[4096];
        if (e->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        run_file(name);
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) run_path(argv[i]);
    printf("%u inputs\n", n_files);
    return n_files == 0;
}
