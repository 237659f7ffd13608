"""HRNet for classification (Wang et al., 2019: "Deep high-resolution representation learning…")."""
