/* Programs that the tests of the console's service start: one prints lines with a mark, one reads a
 * line and prints it. */
#ifndef TESTS_CONSOLE_KIT_H
#define TESTS_CONSOLE_KIT_H

int console_printer_main(const char *mark);
int console_reader_main(void);

#endif
