/*
 * background.h - work of minutes in a thread that gets the processor when nothing else wants it.
 *
 * Nobody waits for such a thread where that can be helped: it may not get to its end for long. So
 * it isn't joined: once it has said that it is done it touches nothing any more.
 */
#ifndef IO_BACKGROUND_H
#define IO_BACKGROUND_H

struct background {
    void (*work)(void *arg);
    void *arg;
    int done_fd; /* readable once it is done; -1: none was started */
};

/* Begins; the struct and what work uses stay until background_end. 0, -EAGAIN, -EMFILE, -ENFILE. */
int background_start(struct background *background, void (*work)(void *arg), void *arg);

/* Waits for the end if need be. Does nothing where none was started. */
void background_end(struct background *background);

#endif
