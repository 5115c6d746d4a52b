/** What the server says when it does not do what was asked. */

export interface Problem {
  /** `second_factor_needed` asks for one and is tried again with it; 401 is `signed_out`. */
  kind: string
  message: string
  causes: string[]
  hints: string[]
}
