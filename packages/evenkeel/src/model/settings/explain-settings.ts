/** Whether what became of a request is kept to be asked for. */
export interface ExplainSettings {
  /** `header`: it is also told in the response, to those who ask for it. */
  explain: 'off' | 'on' | 'header'
}

export const explainDefaults: ExplainSettings = { explain: 'off' }
