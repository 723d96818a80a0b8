/** Light or dark: what the system says, until somebody chooses; the choice is kept in the browser. */
import { setText } from './dom.ts'

const KEY = 'evenkeel-theme'
const themes = ['auto', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

export function startTheme(button: HTMLElement): void {
  let theme = read()
  const show = (): void => {
    if (theme === 'auto') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
    setText(button, `Theme: ${theme}`)
  }
  button.addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length]!
    try {
      localStorage.setItem(KEY, theme)
    } catch {
      // Browsers may refuse to keep anything; then it holds until the page is closed.
    }
    show()
  })
  show()
}

function read(): Theme {
  try {
    const kept = localStorage.getItem(KEY)
    return themes.find(theme => theme === kept) ?? 'auto'
  } catch {
    return 'auto'
  }
}
