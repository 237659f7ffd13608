"""The terminal screens, on Textual: app, actions, theme, screens, forms, dialogs and widgets."""
