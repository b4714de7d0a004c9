"""Speed as a ratio: what our queries and rules cost beyond rendering, and beyond parsing (docs/performance.md)."""
