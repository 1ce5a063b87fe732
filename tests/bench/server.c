/* server MILLISECONDS: a canned WebDAV server at 127.0.0.1 that answers each request after so long.
 *
 * A thread for each connection, kept alive. It prints its port, and ends at the end of its standard input.
 *
 *   /one/       2,001 collections with ten files each; the first file of each is locked; Depth infinity is refused
 *   /infinity/  the same tree, and Depth infinity is answered
 *   /large/     20,001 collections, and as many locks: one in ten collections has one
 *   /private/   the tree of /one/, for who sends a login
 *   /locks/     1,000 files, each locked without an end until UNLOCK; POST /locks/ locks all of them again
 *   /count      GET: requests, connections, and the files that are locked in /locks/
 *
 * Of the properties, an answer has those that were asked for. tests/bench/server.py says the same in Python.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FILES 10
#define LOCKS 1000
#define TOKEN "urn:uuid:5e55e11e-0000-4000-8000-"

struct tree {
    const char *start;
    int folders, below, every;
};
static const struct tree TREES[] = {
    {"/one/", 40, 49, 1},
    {"/infinity/", 40, 49, 1},
    {"/private/", 40, 49, 1},
    {"/large/", 100, 199, 10},
};

enum { TYPE = 1, LOCKED_BY = 2, SUPPORTED = 4, ETAG = 8, LENGTH = 16, MODIFIED = 32 };
static const struct {
    const char *name;
    int bit;
} PROPERTIES[] = {
    {"resourcetype", TYPE}, {"lockdiscovery", LOCKED_BY},   {"supportedlock", SUPPORTED},
    {"getetag", ETAG},      {"getcontentlength", LENGTH},   {"getlastmodified", MODIFIED},
};

static long delay;
static atomic_long requests, connections;
static atomic_char held[LOCKS];

struct text {
    char *data;
    size_t length, room;
};

static void grow(struct text *text, size_t more) {
    if (text->length + more + 1 <= text->room) return;
    while (text->length + more + 1 > text->room) text->room = text->room ? text->room * 2 : 65536;
    text->data = realloc(text->data, text->room);
    if (!text->data) abort();
}

static void add(struct text *text, const char *words) {
    size_t length = strlen(words);
    grow(text, length);
    memcpy(text->data + text->length, words, length + 1);
    text->length += length;
}

/* One element of a multistatus. ``token`` is that of its lock; NULL where it is free. */
static void add_resource(struct text *body, const char *path, int asked, const char *token) {
    int collection = path[strlen(path) - 1] == '/';
    add(body, "<D:response><D:href>");
    add(body, path);
    add(body, "</D:href><D:propstat><D:prop>");
    if (asked & TYPE) add(body, collection ? "<D:resourcetype><D:collection/></D:resourcetype>" : "<D:resourcetype/>");
    if (asked & LOCKED_BY) {
        if (token) {
            add(body,
                "<D:lockdiscovery><D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/>"
                "</D:lockscope><D:depth>0</D:depth><D:owner>me</D:owner><D:timeout>");
            /* Before it releases locks that end, davlock looks for a moment if their time runs down. */
            add(body, strncmp(path, "/locks/", 7) ? "Second-604800" : "Infinite");
            add(body, "</D:timeout><D:locktoken><D:href>");
            add(body, token);
            add(body, "</D:href></D:locktoken><D:lockroot><D:href>");
            add(body, path);
            add(body, "</D:href></D:lockroot></D:activelock></D:lockdiscovery>");
        } else
            add(body, "<D:lockdiscovery/>");
    }
    if (asked & SUPPORTED)
        add(body,
            "<D:supportedlock><D:lockentry><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/>"
            "</D:locktype></D:lockentry><D:lockentry><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/>"
            "</D:locktype></D:lockentry></D:supportedlock>");
    if (asked & ETAG && !collection) add(body, "<D:getetag>\"1-2-3\"</D:getetag>");
    if (asked & LENGTH && !collection) add(body, "<D:getcontentlength>3</D:getcontentlength>");
    if (asked & MODIFIED) add(body, "<D:getlastmodified>Mon, 02 Nov 2026 10:00:00 GMT</D:getlastmodified>");
    add(body, "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>");
}

static void add_file(struct text *body, const char *collection, int file, int asked, int locked) {
    char path[400], token[440];
    snprintf(path, sizeof path, "%s%d.txt", collection, file);
    snprintf(token, sizeof token, "urn:uuid:%s", path);
    add_resource(body, path, asked, locked ? token : NULL);
}

/* ``number`` is that of the collection in its tree: which of them have a lock is counted by it. */
static void add_collection(struct text *body, const struct tree *tree, const char *path, int level, int number,
                           const char *depth, int asked) {
    add_resource(body, path, asked, NULL);
    if (!strcmp(depth, "0")) return;
    for (int file = 0; file < FILES; file++) add_file(body, path, file, asked, file == 0 && number % tree->every == 0);
    int count = level == 0 ? tree->folders : level == 1 ? tree->below : 0;
    for (int below = 0; below < count; below++) {
        char member[300];
        snprintf(member, sizeof member, "%s%d/", path, below);
        if (!strcmp(depth, "infinity"))
            add_collection(body, tree, member, level + 1,
                           level == 0 ? 1 + below : 1 + tree->folders + (number - 1) * tree->below + below, depth, asked);
        else
            add_resource(body, member, asked, NULL);
    }
}

static void add_lock(struct text *body, int number, int asked) {
    char path[60], token[80];
    snprintf(path, sizeof path, "/locks/%d.txt", number);
    snprintf(token, sizeof token, TOKEN "%012d", number);
    add_resource(body, path, asked, held[number] ? token : NULL);
}

/* The body of the answer to a PROPFIND; its status. */
static int found(struct text *body, char *path, const char *depth, int asked) {
    int number, folder = -1, below = -1, file = -1, end = 0;
    if (!strncmp(path, "/locks", 6)) {
        if (sscanf(path, "/locks/%d.txt%n", &number, &end) == 1 && end && !path[end]) {
            if (number < 0 || number >= LOCKS) return 404;
            add_lock(body, number, asked);
            return 207;
        }
        if (strcmp(path, "/locks/") && strcmp(path, "/locks")) return 404;
        add_resource(body, "/locks/", asked, NULL);
        if (strcmp(depth, "0"))
            for (number = 0; number < LOCKS; number++) add_lock(body, number, asked);
        return 207;
    }
    if (!strcmp(path, "/")) {
        add_resource(body, "/", asked, NULL);
        return 207;
    }
    for (size_t which = 0; which < sizeof TREES / sizeof *TREES; which++) {
        const struct tree *tree = &TREES[which];
        size_t length = strlen(tree->start);
        if (strncmp(path, tree->start, length - 1) || (path[length - 1] && path[length - 1] != '/')) continue;
        size_t all = strlen(path);
        if (path[all - 1] != '/' && !(all > 4 && !strcmp(path + all - 4, ".txt"))) strcpy(path + all, "/");
        const char *rest = path + length;
        int level = 0;
        number = 0;
        if (sscanf(rest, "%d/%n", &folder, &end) == 1 && end) {
            level = 1, rest += end, end = 0, number = 1 + folder;
            if (folder >= tree->folders) return 404;
            if (sscanf(rest, "%d/%n", &below, &end) == 1 && end) {
                level = 2, rest += end, end = 0, number = 1 + tree->folders + folder * tree->below + below;
                if (below >= tree->below) return 404;
            }
        }
        if (*rest) {
            if (sscanf(rest, "%d.txt%n", &file, &end) != 1 || !end || rest[end] || file >= FILES) return 404;
            char above[300];
            snprintf(above, sizeof above, "%.*s", (int)(rest - path), path);
            add_file(body, above, file, asked, file == 0 && number % tree->every == 0);
            return 207;
        }
        if (!strcmp(depth, "infinity") && strcmp(tree->start, "/infinity/")) return 403;
        add_collection(body, tree, path, level, number, depth, asked);
        return 207;
    }
    return 404;
}

static int asked_for(const char *body) {
    if (!strstr(body, "prop>") || strstr(body, "allprop")) return 63;
    int asked = 0;
    for (size_t place = 0; place < sizeof PROPERTIES / sizeof *PROPERTIES; place++)
        if (strstr(body, PROPERTIES[place].name)) asked |= PROPERTIES[place].bit;
    return asked;
}

/* The value of a header; empty where there is none. */
static void header(const char *head, const char *name, char *value, size_t room) {
    size_t length = strlen(name);
    *value = 0;
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) || line[length] != ':') continue;
        line += length + 1;
        while (*line == ' ') line++;
        size_t end = strcspn(line, "\r");
        snprintf(value, room, "%.*s", (int)(end < room ? end : room - 1), line);
        return;
    }
}

static int unlocked(const char *path, const char *head) {
    char token[120], right[120];
    int number, end = 0;
    if (sscanf(path, "/locks/%d.txt%n", &number, &end) != 1 || !end || number < 0 || number >= LOCKS) return 409;
    header(head, "Lock-Token", token, sizeof token);
    snprintf(right, sizeof right, "<" TOKEN "%012d>", number);
    char yes = 1;
    return !strcmp(token, right) && atomic_compare_exchange_strong(&held[number], &yes, 0) ? 204 : 409;
}

static const char *reason(int status) {
    switch (status) {
        case 200: return "OK";
        case 204: return "No Content";
        case 207: return "Multi-Status";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 409: return "Conflict";
    }
    return "Not Allowed";
}

/* The answer to one request, head and body. */
static void answer(struct text *whole, struct text *body, const char *head, const char *sent) {
    char method[32] = "", path[300] = "", value[200], more[200] = "", date[64];
    int status = 405;
    sscanf(head, "%31s %298s", method, path);
    path[strcspn(path, "?")] = 0;
    body->length = 0;
    grow(body, 1);
    header(head, "Authorization", value, sizeof value);
    if (!strncmp(path, "/private", 8) && strncasecmp(value, "Basic ", 6)) {
        status = 401;
        strcpy(more, "WWW-Authenticate: Basic realm=\"bench\"\r\n");
    } else if (!strcmp(method, "PROPFIND")) {
        header(head, "Depth", value, sizeof value);
        add(body, "<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\">");
        status = found(body, path, *value ? value : "infinity", asked_for(sent));
        if (status == 207)
            add(body, "</D:multistatus>");
        else {
            body->length = 0;
            if (status == 403) add(body, "<?xml version=\"1.0\"?><D:error xmlns:D=\"DAV:\"><D:propfind-finite-depth/></D:error>");
        }
        strcpy(more, "Content-Type: application/xml; charset=utf-8\r\n");
    } else if (!strcmp(method, "UNLOCK"))
        status = unlocked(path, head);
    else if (!strcmp(method, "POST") && !strcmp(path, "/locks/")) {
        for (int number = 0; number < LOCKS; number++) held[number] = 1;
        status = 200;
    } else if (!strcmp(method, "GET") && !strcmp(path, "/count")) {
        long left = 0;
        for (int number = 0; number < LOCKS; number++) left += held[number];
        snprintf(value, sizeof value, "%ld %ld %ld\n", (long)requests, (long)connections, left);
        add(body, value);
        status = 200;
    } else if (!strcmp(method, "OPTIONS")) {
        strcpy(more, "DAV: 1, 2\r\nAllow: OPTIONS, GET, PROPFIND, LOCK, UNLOCK\r\n");
        status = 200;
    }
    time_t now = time(NULL);
    struct tm parts;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &parts));
    char first[700];
    int length = snprintf(first, sizeof first, "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: keep-alive\r\n%s", status,
                          reason(status), date, more);
    if (status != 204) length += snprintf(first + length, sizeof first - length, "Content-Length: %zu\r\n", body->length);
    snprintf(first + length, sizeof first - length, "\r\n");
    whole->length = 0;
    add(whole, first);
    grow(whole, body->length);
    memcpy(whole->data + whole->length, body->data, body->length);
    whole->length += body->length;
}

static void *serve(void *argument) {
    int client = (int)(long)argument, on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections++;
    char buffer[65536];
    size_t length = 0;
    struct text whole = {0}, body = {0};
    for (;;) {
        buffer[length] = 0;
        char *end = strstr(buffer, "\r\n\r\n"), value[32];
        size_t needed = 0;
        if (end) {
            end[2] = 0; /* the head alone is searched for headers */
            header(buffer, "Content-Length", value, sizeof value);
            needed = (size_t)(end + 4 - buffer) + strtoul(value, NULL, 10);
            if (needed >= sizeof buffer) break;
        }
        if (!end || length < needed) {
            if (end) end[2] = '\r';
            ssize_t got = read(client, buffer + length, sizeof buffer - 1 - length);
            if (got <= 0) break;
            length += (size_t)got;
            continue;
        }
        requests++;
        char after = buffer[needed];
        buffer[needed] = 0;
        answer(&whole, &body, buffer, end + 4);
        buffer[needed] = after;
        if (delay) nanosleep(&(struct timespec){delay / 1000, delay % 1000 * 1000000}, NULL);
        header(buffer, "Connection", value, sizeof value);
        for (size_t sent = 0; sent < whole.length;) {
            ssize_t wrote = write(client, whole.data + sent, whole.length - sent);
            if (wrote <= 0) goto over;
            sent += (size_t)wrote;
        }
        if (!strcasecmp(value, "close")) break;
        memmove(buffer, buffer + needed, length - needed);
        length -= needed;
    }
over:
    close(client);
    free(whole.data);
    free(body.data);
    return NULL;
}

static void *until_the_end(void *argument) {
    char byte;
    while (read(0, &byte, 1) > 0) continue;
    exit(0);
    return argument;
}

int main(int count, char **words) {
    delay = count > 1 ? strtol(words[1], NULL, 10) : 0;
    signal(SIGPIPE, SIG_IGN);
    for (int number = 0; number < LOCKS; number++) held[number] = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 256)
        || getsockname(listener, (struct sockaddr *)&address, &size)) {
        perror("server");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    pthread_t thread;
    pthread_create(&thread, NULL, until_the_end, NULL);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&small, 256 * 1024);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client >= 0 && pthread_create(&thread, &small, serve, (void *)(long)client)) close(client);
    }
}
