/* The program started again to do one thing as a C program for POSIX would; its exit status says
 * whether it could. */
#ifndef TESTS_POSIX_CHILD_H
#define TESTS_POSIX_CHILD_H

#define POSIX_GOOD 7 /* what a role ends with if all was as it must be */

/* argv: tests, posix, ROLE, and what is for the role. */
int posix_child_main(int argc, char **argv);

#endif
