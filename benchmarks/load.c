/* A load generator for WebSocket rooms, fast enough not to be what is measured: one thread, epoll.

   load <port> <connections> <seconds> <rate> <rooms that speak>

   The plan (standard input) has one line a connection, tab-separated: room number, request path, extra
   request header or "-", first frame to say or "-". In each room the first connection speaks. With rate 0
   it sends its next message when all others of the room have the last one (saturation); otherwise the
   rooms together send <rate> messages a second, on time, whatever the answers. Times run from the moment
   a message was due to the last reader's receiving it. Prints one JSON object.

   The plan ends with an empty line. Everybody connects, and one line of JSON says how that went. The
   connections are then held, pings answered, until a byte arrives; then the load runs. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 64 /* handshakes under way */
#define MAX_FRAME (1 << 20)

enum { IDLE, CONNECTING, UPGRADING, GREETING, LIVE, CLOSED };

typedef struct {
  int fd, state, room, asked_out;
  char *path, *header, *hello;
  unsigned char *in, *out;
  size_t in_used, in_size, out_used, out_size;
  uint64_t seen; /* newest message of the room that it has */
  double began;
} Conn;

typedef struct {
  int first, count, waiting; /* members; how many readers still lack the message under way */
  uint64_t sent;
  double due;
} Room;

static Conn *conns;
static Room *rooms;
static int n_conns, n_rooms, speaking, epoll, port, live, opening, next_open, phase, stopped;
static double now, *times, *connects;
static size_t n_times, size_times;
static uint64_t deliveries, frames_in, acks, errors, closed, bytes_in;
static unsigned run_id;

static double clock_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void watch(Conn *c, int want_out) {
  struct epoll_event e = {.events = EPOLLIN | (want_out ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e);
  c->asked_out = want_out;
}

static void flush_out(Conn *c) {
  size_t done = 0;
  while (done < c->out_used) {
    ssize_t n = send(c->fd, c->out + done, c->out_used - done, MSG_NOSIGNAL);
    if (n <= 0) break;
    done += n;
  }
  memmove(c->out, c->out + done, c->out_used - done);
  c->out_used -= done;
  if ((c->out_used > 0) != c->asked_out) watch(c, c->out_used > 0);
}

static void put(Conn *c, const void *bytes, size_t n) {
  if (c->out_used + n > c->out_size) {
    c->out_size = (c->out_used + n) * 2;
    if (!(c->out = realloc(c->out, c->out_size))) die("memory");
  }
  memcpy(c->out + c->out_used, bytes, n);
  c->out_used += n;
}

/* A client's frame must be masked; a key of zeros is a key. */
static void say(Conn *c, int opcode, const char *text, size_t n) {
  unsigned char head[14] = {0x80 | opcode};
  size_t h = 2;
  if (n < 126) head[1] = 0x80 | n;
  else { head[1] = 0x80 | 126; head[2] = n >> 8; head[3] = n & 255; h = 4; }
  memset(head + h, 0, 4);
  put(c, head, h + 4);
  put(c, text, n);
  flush_out(c);
}

static void speak(int r, double due) {
  Room *room = rooms + r;
  char text[256];
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  unsigned long long ms = t.tv_sec * 1000ull + t.tv_nsec / 1000000; /* ids that sort by time, as our clients make them */
  room->sent++;
  room->due = due;
  room->waiting = room->count - 1;
  int n = snprintf(text, sizeof text,
    "{\"type\":\"send\",\"client_id\":\"%08llx-%04llx-7%03x-8%03x-%04x%08llx\",\"text\":\"我想提前还款，需要付违约金吗？\"}",
    ms >> 16 & 0xffffffff, ms & 0xffff, run_id, run_id, r, (unsigned long long)room->sent);
  say(conns + room->first, 1, text, n);
}

static void open_next(void) {
  while (opening < AT_ONCE && next_open < n_conns) {
    Conn *c = conns + next_open++;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1;
    if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) < 0) die("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->began = clock_now();
    if (connect(c->fd, (void *)&to, sizeof to) < 0 && errno != EINPROGRESS) die("connect");
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
    c->asked_out = 1;
    c->state = CONNECTING;
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e);
    opening++;
  }
}

static void is_live(Conn *c) {
  c->state = LIVE;
  connects[live++] = clock_now() - c->began;
  opening--;
  open_next();
}

static int has(const unsigned char *p, size_t n, const char *what) {
  return memmem(p, n, what, strlen(what)) != NULL;
}

static void message(Conn *c, const unsigned char *p, size_t n) {
  const unsigned char *id = memmem(p, n, "\"client_id\":\"", 13);
  unsigned run, r;
  unsigned long long number;
  char copy[40] = {0};
  if (!id || id + 13 + 36 > p + n) return;
  memcpy(copy, id + 13, 36);
  if (sscanf(copy, "%*8x-%*4x-7%3x-%*4x-%4x%8llx", &run, &r, &number) != 3 || run != run_id || (int)r != c->room) return;
  if (number != c->seen + 1) errors++; /* out of order, twice, or one is missing */
  c->seen = number;
  deliveries++;
  Room *room = rooms + r;
  if (c == conns + room->first || number != room->sent || --room->waiting) return;
  if (n_times == size_times && !(times = realloc(times, (size_times = size_times ? size_times * 2 : 1 << 16) * sizeof *times))) die("memory");
  now = clock_now();
  times[n_times++] = now - room->due;
  if (phase == 1 && !stopped) speak(r, now);
}

static void frame(Conn *c, int opcode, const unsigned char *p, size_t n) {
  frames_in++;
  if (opcode == 9) { say(c, 10, (const char *)p, n); return; }
  if (opcode == 8) {
    fprintf(stderr, "load: closed with %d\n", n >= 2 ? p[0] << 8 | p[1] : 0);
    if (c->state != LIVE) exit(1);
    c->state = CLOSED;
    closed++;
    close(c->fd);
    return;
  }
  if (opcode != 1) return;
  size_t first = n < 160 ? n : 160;
  if (c->state == GREETING) {
    if (has(p, first, "\"type\":\"welcome\"")) is_live(c);
    else if (has(p, first, "\"error\"")) { fprintf(stderr, "load: %.*s\n", (int)n, p); exit(1); }
    return;
  }
  if (has(p, n < 32 ? n : 32, "\"ping\"")) {
    char text[128];
    const unsigned char *number = memmem(p, n, "\"n\":", 4);
    int k = snprintf(text, sizeof text, "{\"type\":\"pong\"%s%.*s", number ? "," : "}",
                     number ? (int)(p + n - number) : 0, number ? (const char *)number : "");
    say(c, 1, text, k);
  } else if (has(p, n < 32 ? n : 32, "\"ack\"")) acks++;
  else if (has(p, n < 32 ? n : 32, "\"error\"")) errors++;
  else if (has(p, n, "\"text\":")) message(c, p, n);
}

static void parse(Conn *c) {
  size_t at = 0;
  if (c->state == UPGRADING) {
    unsigned char *end = memmem(c->in, c->in_used, "\r\n\r\n", 4);
    if (!end) return;
    if (memcmp(c->in, "HTTP/1.1 101", 12)) { fprintf(stderr, "load: %.60s\n", c->in); exit(1); }
    at = end + 4 - c->in;
    c->state = GREETING;
    if (strcmp(c->hello, "-")) say(c, 1, c->hello, strlen(c->hello));
    else is_live(c);
  }
  while (c->in_used - at >= 2 && c->state != CLOSED) {
    unsigned char *f = c->in + at;
    uint64_t n = f[1] & 127;
    size_t h = 2;
    if (n == 126) { h = 4; if (c->in_used - at < h) break; n = f[2] << 8 | f[3]; }
    else if (n == 127) { h = 10; if (c->in_used - at < h) break; n = 0; for (int i = 2; i < 10; i++) n = n << 8 | f[i]; }
    if (n > MAX_FRAME) { errno = EMSGSIZE; die("frame"); }
    if (c->in_used - at < h + n) break;
    frame(c, f[0] & 15, f + h, n);
    at += h + n;
  }
  memmove(c->in, c->in + at, c->in_used - at);
  c->in_used -= at;
}

static void readable(Conn *c) {
  for (;;) {
    if (c->in_size - c->in_used < 4096) {
      c->in_size = c->in_size ? c->in_size * 2 : 8192;
      if (!(c->in = realloc(c->in, c->in_size))) die("memory");
    }
    ssize_t n = recv(c->fd, c->in + c->in_used, c->in_size - c->in_used, 0);
    if (n > 0) { c->in_used += n; bytes_in += n; parse(c); if (c->in_used < 4096 && (size_t)n < 4096) break; continue; }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (c->state != CLOSED) { closed++; if (c->state != LIVE) { errno = ECONNRESET; die("a handshake"); } }
    c->state = CLOSED;
    close(c->fd);
    return;
  }
  if (!c->in_used) { free(c->in); c->in = NULL; c->in_size = 0; }
}

static void turn(int wait_ms) {
  static struct epoll_event events[512];
  int n = epoll_wait(epoll, events, 512, wait_ms);
  for (int i = 0; i < n; i++) {
    Conn *c = events[i].data.ptr;
    if (c->state == CONNECTING && events[i].events & (EPOLLOUT | EPOLLERR)) {
      char request[2048];
      int bad = 0;
      socklen_t size = sizeof bad;
      getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &bad, &size);
      if (bad) { errno = bad; die("connect"); }
      int k = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s\r\n",
        c->path, port, port, strcmp(c->header, "-") ? c->header : "", strcmp(c->header, "-") ? "\r\n" : "");
      c->state = UPGRADING;
      put(c, request, k);
      flush_out(c);
      continue;
    }
    if (events[i].events & EPOLLOUT) flush_out(c);
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && c->fd >= 0 && c->state != CLOSED) readable(c);
  }
}

static int by_size(const void *a, const void *b) {
  double x = *(double *)a, y = *(double *)b;
  return (x > y) - (x < y);
}

static double at(double *sorted, size_t n, double share) { return n ? sorted[(size_t)((n - 1) * share)] * 1000 : 0; }

int main(int argc, char **argv) {
  if (argc < 6) { fprintf(stderr, "usage: load <port> <connections> <seconds> <rate> <rooms that speak>\n"); return 2; }
  port = atoi(argv[1]);
  int most = atoi(argv[2]);
  double seconds = atof(argv[3]), rate = atof(argv[4]);
  speaking = atoi(argv[5]);
  conns = calloc(most, sizeof *conns);
  rooms = calloc(most, sizeof *rooms);
  connects = calloc(most, sizeof *connects);
  for (int r = 0; r < most; r++) rooms[r].first = -1;
  static char line[65536];
  while (fgets(line, sizeof line, stdin) && line[0] != '\n') {
    Conn *c = conns + n_conns;
    if (n_conns == most) { fprintf(stderr, "load: more lines than connections\n"); return 2; }
    line[strcspn(line, "\n")] = 0;
    char *copy = strdup(line);
    c->room = atoi(strsep(&copy, "\t"));
    c->path = strsep(&copy, "\t");
    c->header = strsep(&copy, "\t");
    c->hello = strsep(&copy, "\t");
    if (!c->hello || c->room >= most) { fprintf(stderr, "load: a bad line\n"); return 2; }
    Room *room = rooms + c->room;
    if (room->first < 0) room->first = n_conns;
    room->count++;
    if (c->room >= n_rooms) n_rooms = c->room + 1;
    n_conns++;
  }
  if ((epoll = epoll_create1(0)) < 0) die("epoll");
  run_id = ((unsigned)(clock_now() * 1e6) ^ (unsigned)getpid()) & 0xfff;
  if (n_rooms > 0xffff) { fprintf(stderr, "load: at most 65535 rooms\n"); return 1; }
  if (speaking <= 0 || speaking > n_rooms) speaking = n_rooms;
  double began = clock_now();
  open_next();
  while (live < n_conns) {
    turn(1000);
    if (clock_now() - began > 120) { fprintf(stderr, "load: %d of %d connected in 120 s\n", live, n_conns); return 1; }
  }
  double connecting = clock_now() - began;
  qsort(connects, n_conns, sizeof *connects, by_size);
  printf("{\"connected\": %d, \"seconds\": %.4f, \"p50\": %.3f, \"p99\": %.3f}\n", n_conns, connecting,
         at(connects, n_conns, .5), at(connects, n_conns, .99));
  fflush(stdout);
  /* Held until told to go, so that the server can be looked at; its pings are answered meanwhile. */
  fcntl(0, F_SETFL, O_NONBLOCK);
  for (char byte;;) {
    turn(20);
    ssize_t n = read(0, &byte, 1);
    if (n == 1) break;
    if (n == 0) return 0;
  }
  frames_in = bytes_in = 0;
  double start = now = clock_now(), end = start + seconds, due = start;
  if (rate > 0) {
    srand(1);
    phase = 2;
    while ((now = clock_now()) < end) {
      while (due <= now) {
        int r = rand() % speaking; /* a room whose last message is under way is passed over */
        for (int tries = 0; rooms[r].waiting && tries < speaking; tries++) r = (r + 1) % speaking;
        speak(r, due);
        due += 1 / rate;
      }
      int ms = (int)((due - now) * 1000);
      turn(ms > 0 ? ms : 0);
    }
  } else {
    phase = 1;
    for (int r = 0; r < speaking; r++) speak(r, clock_now());
    while ((now = clock_now()) < end) turn(10);
  }
  stopped = 1;
  double took = clock_now() - start;
  size_t counted = n_times;
  uint64_t sent = 0, expected = 0;
  for (int r = 0; r < n_rooms; r++) { sent += rooms[r].sent; expected += rooms[r].sent * rooms[r].count; }
  for (double patience = clock_now() + 10; deliveries < expected && closed == 0 && clock_now() < patience;) turn(20);
  qsort(times, n_times, sizeof *times, by_size);
  printf("{\"sent\": %llu, \"done\": %zu, \"seconds\": %.4f, \"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f, \"deliveries\": %llu, "
         "\"expected\": %llu, \"acks\": %llu, \"errors\": %llu, \"closed\": %llu}\n",
         (unsigned long long)sent, counted, took, at(times, n_times, .5), at(times, n_times, .99), at(times, n_times, 1),
         (unsigned long long)deliveries, (unsigned long long)expected, (unsigned long long)acks,
         (unsigned long long)errors, (unsigned long long)closed);
  return 0;
}
