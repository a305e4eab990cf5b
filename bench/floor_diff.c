/* The floor of the diff: users.tsv and persons.tsv in, a text plan out, one thread.
 *
 * The same join (external id = objectGUID, else mail in any case, an account once), the same comparison of twelve
 * attributes (mail in any case, phone by its digits), no memory of earlier runs, no reasons, no digests.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USER = 13, PERSON = 14, GUID = 0, MAIL = 3, PHONE = 4, EXTERNAL = 1, EMAIL = 4 };

typedef struct { const char *at; uint32_t length; } text;
typedef struct { const char *data; size_t size; uint32_t *lines; uint32_t count; } file;
typedef struct { uint64_t hash; const char *at; uint32_t length, line; } slot;
typedef struct { slot *slots; uint64_t mask; } table;

static file load(const char *path) {
    file f = {0};
    struct stat info;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &info)) { perror(path); exit(1); }
    f.size = (size_t)info.st_size;
    f.data = mmap(NULL, f.size, PROT_READ, MAP_PRIVATE, fd, 0);
    uint32_t room = 1 << 16;
    f.lines = malloc(room * sizeof *f.lines);
    for (size_t at = 0; at < f.size;) {
        if (f.count == room) f.lines = realloc(f.lines, (room *= 2) * sizeof *f.lines);
        f.lines[f.count++] = (uint32_t)at;
        at = (size_t)((const char *)memchr(f.data + at, '\n', f.size - at) - f.data) + 1;
    }
    return f;
}

static void split(const file *f, uint32_t line, text *out, int columns) {
    const char *at = f->data + f->lines[line];
    for (int i = 0; i < columns; i++) {
        const char *end = rawmemchr(at, i + 1 < columns ? '\t' : '\n');
        out[i] = (text){at, (uint32_t)(end - at)};
        at = end + 1;
    }
}

static uint64_t hash(text t, int fold) {
    uint64_t h = 1469598103934665603ULL;
    for (uint32_t i = 0; i < t.length; i++) h = (h ^ (uint64_t)(fold ? tolower((unsigned char)t.at[i]) : t.at[i])) * 1099511628211ULL;
    return h;
}

static int same(text a, text b, int fold) {
    if (a.length != b.length) return 0;
    return fold ? !strncasecmp(a.at, b.at, a.length) : !memcmp(a.at, b.at, a.length);
}

static int same_digits(text a, text b) {
    uint32_t i = 0, j = 0;
    for (;;) {
        while (i < a.length && !isdigit((unsigned char)a.at[i])) i++;
        while (j < b.length && !isdigit((unsigned char)b.at[j])) j++;
        if (i == a.length || j == b.length) return i == a.length && j == b.length;
        if (a.at[i++] != b.at[j++]) return 0;
    }
}

static table make(uint32_t count) {
    uint64_t size = 1;
    while (size < (uint64_t)count * 2) size *= 2;
    return (table){calloc(size, sizeof(slot)), size - 1};
}

static void put(table *t, uint64_t h, text key, uint32_t line) {
    uint64_t i = h & t->mask;
    while (t->slots[i].at) i = (i + 1) & t->mask;
    t->slots[i] = (slot){h, key.at, key.length, line};
}

/* The line that holds *key*; -1: none, -2: several. */
static int64_t find(const table *t, text key, int fold) {
    uint64_t h = hash(key, fold);
    int64_t found = -1;
    for (uint64_t i = h & t->mask; t->slots[i].at; i = (i + 1) & t->mask) {
        if (t->slots[i].hash != h || !same((text){t->slots[i].at, t->slots[i].length}, key, fold)) continue;
        if (found >= 0) return -2;
        found = t->slots[i].line;
    }
    return found;
}

static void show(FILE *out, const char *what, text key) { fprintf(out, "%s %.*s", what, (int)key.length, key.at); }

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    file users = load(argv[1]), people = load(argv[2]);
    FILE *out = fopen(argv[3], "w");
    table external = make(people.count), mail = make(people.count);
    unsigned char *paired = calloc(people.count, 1);
    text u[USER], p[PERSON];
    uint32_t creates = 0, updates = 0, orphans = 0, disputed = 0;
    for (uint32_t i = 0; i < people.count; i++) {
        split(&people, i, p, PERSON);
        if (p[EXTERNAL].length) put(&external, hash(p[EXTERNAL], 0), p[EXTERNAL], i);
        if (p[EMAIL].length) put(&mail, hash(p[EMAIL], 1), p[EMAIL], i);
    }
    for (uint32_t i = 0; i < users.count; i++) {
        split(&users, i, u, USER);
        int64_t at = find(&external, u[GUID], 0);
        if (at == -1) at = find(&mail, u[MAIL], 1);
        if (at == -2) { disputed++; show(out, "disputed", u[GUID]); fputc('\n', out); continue; }
        if (at == -1) {
            creates++;
            show(out, "create", u[GUID]);
            for (int c = 1; c < USER; c++) { fputc('\t', out); fwrite(u[c].at, 1, u[c].length, out); }
            fputc('\n', out);
            continue;
        }
        paired[at] = 1;
        split(&people, (uint32_t)at, p, PERSON);
        int changed = 0;
        for (int c = 1; c < USER; c++) {
            int equal = c == PHONE ? same_digits(u[c], p[c + 1]) : same(u[c], p[c + 1], c == MAIL);
            if (equal) continue;
            if (!changed++) show(out, "update", p[0]);
            fprintf(out, "\t%d: %.*s -> %.*s", c, (int)p[c + 1].length, p[c + 1].at, (int)u[c].length, u[c].at);
        }
        if (changed) { updates++; fputc('\n', out); }
    }
    for (uint32_t i = 0; i < people.count; i++) {
        if (paired[i]) continue;
        split(&people, i, p, PERSON);
        if (find(&mail, p[EMAIL], 1) == -2) continue;
        orphans++;
        show(out, "orphan", p[0]);
        fputc('\n', out);
    }
    fclose(out);
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    long peak = 0;
    while (fgets(line, sizeof line, status)) if (sscanf(line, "VmHWM: %ld", &peak) == 1) break;
    fclose(status);
    printf("%u %u %u %u %ld\n", creates, updates, orphans, disputed, peak);
    return 0;
}
