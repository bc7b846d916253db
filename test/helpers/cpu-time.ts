/** User and system time of this process in ms: what a limit is told by on a machine that is busy with other things. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
