/** Waits until somebody has stopped typing. */

export function later<T>(milliseconds: number, call: (value: T) => unknown): (value: T) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => call(value), milliseconds)
  }
}
