/**
 * What the command makes is for its user alone: a trace of the kernel holds names, paths and addresses of
 * everybody's programs.
 */

/** The umask that the command was started with, which a traced command gets back. */
export const startedUmask: number = process.umask(0o077)
