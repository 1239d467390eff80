/*
 * keys.h - who may connect over TCP: paced's own pair of CURVE keys, and the answer to libzmq's question, asked once for
 * each handshake, whether a key may come in at a socket (ZAP).
 *
 * The list is the config's. What somebody may say, once in, is judged message by message (config_key_find).
 */
#ifndef IO_KEYS_H
#define IO_KEYS_H

#include "config.h"
#include "wire_socket.h"

struct keys;

/*
 * Reads paced's secret key from DIRECTORY/server.key, which is made where there is none, and begins to answer, so before any
 * other socket is made. 0; -EINVAL: the file holds no key; another -errno.
 */
int keys_open(struct wire *wire, const char *directory, struct keys **ret_keys);
void keys_close(struct keys **keys); /* NULL-safe; before the wire */

/* The list from now on, copied as far as it is needed. True: somebody may not connect any more, or not everywhere, and what is
 * connected is to be cut. */
bool keys_configure(struct keys *keys, const struct config *config);

/* With the secret key; name: the socket's key below `sockets`. */
struct wire_guard keys_guard(const struct keys *keys, const char *name);

/* Where the questions come; they are answered by keys_answer. */
struct wire_socket *keys_socket(struct keys *keys);
void keys_answer(struct keys *keys);

/* Looks whether somebody with a key that nobody knows is refused at each guarded endpoint of a socket. 0; -EPERM: they weren't; another
 * -errno: it can't be told. */
int keys_test(struct keys *keys, struct wire_socket *socket);

const char *keys_public(const struct keys *keys);
uint64_t keys_refused(const struct keys *keys); /* handshakes by keys that may not connect */

#endif
